"""Programs of ours for a kernel, as texts that leave no names behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

SUMMARY = "application/vnd.neutrino.table+json"


def expression(imports: Sequence[str] = ()) -> str:
    """Give what a kernel of Python is to evaluate first; it also imports modules, if they exist."""
    tries = (f"\ntry:\n    import {each}\nexcept Exception:\n    pass\n" for each in imports)
    return program("bootstrap.py", "".join(tries))


def program(file: str, more: str = "") -> str:
    """Give a file beside this one, and more code, as one expression that leaves no names behind."""
    source = Path(__file__).with_name(file).read_text(encoding="utf-8") + more
    return (
        f"exec(compile({source!r}, '<neutrino>', 'exec'), "
        "{'__name__': 'neutrino', 'get_ipython': get_ipython})"
    )
