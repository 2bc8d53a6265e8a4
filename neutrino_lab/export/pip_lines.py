"""Install lines of a notebook, such as `%pip install`: which requirements they ask for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

REQUIREMENT = re.compile(
    r"""(?P<name>[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?)
        [ ]*(?:(?P<extras>\[[A-Z0-9._, -]*\])[ ]*)?
        (?P<versions>(?:(?:===|~=|==|!=|<=|>=|<|>)[ ]*[A-Z0-9.*+!_-]+[ ]*(?:,[ ]*)?)*)
        (?P<marker>;[ ]*CONDITION(?:[ ]+(?:and|or)[ ]+CONDITION)*)?""".replace(
        "CONDITION", r"""[a-z_]+[ ]*(?:[<>=!~]+|in|not[ ]in)[ ]*(?:'[^'"\n]*'|"[^'"\n]*")"""
    ),
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_INSTALLER = re.compile(r"(?:.*/)?(?:uv|sudo|pip[\d.]*|python[\d.]*)|\{.*\}")
_PIP = re.compile(r"(?:.*/)?pip[\d.]*")
# Options that change what is installed, not how: leaving them out is worth a word.
_LOST = re.compile(
    "-[rceif]|--(requirement|constraint|editable|index-url|extra-index-url|find-links)"
)
_VALUED = re.compile(
    "-[tpC]|--(target|prefix|root|platform|python-version|python|trusted-host|proxy|timeout|retries"
    "|progress-bar|upgrade-strategy|only-binary|no-binary|config-settings|cache-dir|log)"
)


def words_of(text: str) -> Iterator[tuple[str, bool]]:
    """List what a line asks pip to install; False marks what is not by name, and its option."""
    text = text.lstrip("%! \t").replace("\\\n", " ")
    # Operators end a command, save `<` and `>`: an unquoted `pandas>=2` means the version.
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # an unclosed quote
        words = text.split()
    for is_operator, command in groupby(words, key=lambda word: set(word) <= set(";&|")):
        listed = list(command)
        if is_operator or not _INSTALLER.fullmatch(listed[0]):
            continue
        for index, (word, following) in enumerate(pairwise(listed)):
            if following == "install" and _PIP.fullmatch(word):
                yield from _arguments(listed[index + 2 :])
                break


def _arguments(words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    rest = iter(words)
    for word in rest:
        if re.match(r"#|\d?>|<|\\$", word):
            return
        option, has_value, _ = word.partition("=")
        if not word.startswith("-"):
            yield word, True
        elif _LOST.fullmatch(option):
            yield word if has_value else f"{word} {next(rest, '')}".strip(), False
        elif _VALUED.fullmatch(option) and not has_value:
            next(rest, "")
