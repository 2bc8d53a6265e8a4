"""The text of `bootstrap`, as one expression that leaves no names behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

SUMMARY = "application/vnd.neutrino.table+json"


def expression(imports: Sequence[str] = ()) -> str:
    """Give what a kernel of Python is to evaluate first; it also imports modules, if they exist."""
    source = Path(__file__).with_name("bootstrap.py").read_text(encoding="utf-8")
    for each in imports:
        source += f"\ntry:\n    import {each}\nexcept Exception:\n    pass\n"
    return (
        f"exec(compile({source!r}, '<neutrino>', 'exec'), "
        "{'__name__': 'neutrino', 'get_ipython': get_ipython})"
    )
