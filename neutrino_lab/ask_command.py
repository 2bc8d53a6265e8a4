"""The command `neutrino ask`: words → a cell at the end of a notebook."""

from __future__ import annotations

import getpass
import re
import sys
from argparse import Namespace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from neutrino_lab.generate import cell, document
from neutrino_lab.operator_commands import accept, add_consent, draft
from neutrino_lab.stream_reading import CommandError, add_source, run, uri_of

_ABOUT = "draft a cell from words, a @STREAM if nothing else is said, and add it to a notebook"


def add_to(verbs: Any) -> None:
    """Add the parser of `ask` to the subparsers of `neutrino`."""
    ask = verbs.add_parser("ask", help=_ABOUT)
    ask.add_argument("words", metavar="WORDS", help="what it has to do")
    ask.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="made if there is none")
    ask.add_argument(
        "--declaration",
        default="",
        metavar="TEXT",
        help="an endpoint in the place of a stream, such as '@HTTP POST /api/mean'",
    )
    ask.add_argument("--path", default="", help="where it is published; by default after its words")
    ask.add_argument("--symbol", default="AAAA", help="in the place of {symbol} (%(default)s)")
    add_source(ask)
    add_consent(ask)
    ask.set_defaults(command=lambda a: run(_ask(a), interrupted=130))


async def _ask(arguments: Namespace) -> None:
    document.check(arguments.notebook)
    if arguments.declaration:
        declaration = arguments.declaration.strip()
        if cell.tree_of(declaration).word == "STREAM":
            raise CommandError("a stream is told by --source, --select and --path")
        candidate = await draft(arguments, declaration, arguments.words, None, has_values=False)
    else:
        arguments.source = _source(arguments)
        declaration = _declaration(arguments)
        candidate = await draft(arguments, declaration, arguments.words, None)
    accept(candidate, is_yes=arguments.yes, question=f"Add it to {arguments.notebook.name}?")
    about = document.metadata(
        candidate,
        accepted_by=_person(),
        accepted_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    try:
        number = document.append(arguments.notebook, candidate.cell, about)
    except OSError as error:
        reason = f"{arguments.notebook} cannot be written: {error.strerror}"
        raise CommandError(reason) from error
    sys.stdout.write(f"{arguments.notebook}: cell {number}: {candidate.name}\n")


def _declaration(arguments: Namespace) -> str:
    words = re.findall(r"[a-z0-9]+", arguments.words.lower())
    path = arguments.path or "/streams/" + ("-".join(words[:4]) or "operator")
    lines = [f"@STREAM {path}", f"source: {arguments.source}"]
    if arguments.select:
        lines.append(f"select: {arguments.select}")
    declaration = "\n".join(lines)
    cell.tree_of(declaration)
    return declaration


def _source(arguments: Namespace) -> str:
    uri = uri_of(arguments.source, "sim:random-walk?symbols={symbol}&every=500ms")
    return uri.replace("{symbol}", arguments.symbol)


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
