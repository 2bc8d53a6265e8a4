"""Which of the known words a mistyped one is closest to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice

from neutrino_lab.notebook.wording import Worded, say

# Comparing takes its time: where there are many words, the first of them are compared.
MOST_COMPARED = 50
_MOST_CHARACTERS = 60


def nearest(
    word: str,
    known: Iterable[str],
    aliases: Mapping[str, str] | None = None,
    *,
    most: int = MOST_COMPARED,
) -> str:
    """Give the known word that was probably meant, or nothing.

    `aliases` are words (in lower case) that other tools use for the same thing; `most` is how many
    words are compared letter by letter.
    """
    by_fold: dict[str, str] = {}
    for each in known:
        by_fold.setdefault(each.casefold(), each)
    folded = word.casefold()
    if folded in by_fold:
        return by_fold[folded]
    if aliases and folded in aliases:
        return aliases[folded]
    if len(folded) > _MOST_CHARACTERS:
        return ""
    close = get_close_matches(folded, islice(by_fold, most), n=1, cutoff=0.65)
    return by_fold[close[0]] if close else ""


def did_you_mean(meant: str, otherwise: Worded) -> Worded:
    """Ask whether a word was meant, or say something else where there is none."""
    return say("did you mean `{meant}`?", meant=meant) if meant else otherwise
