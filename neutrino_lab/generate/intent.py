"""Which command of `neutrino stream` a sentence means: by rules if they tell, else by a model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neutrino_lab.generate import answers
from neutrino_lab.generate.errors import ModelError
from neutrino_lab.generate.model import Model
from neutrino_lab.generate.task import SHAPES

READS = ("read-adhoc", "read-streaming")
OPERATES = tuple(f"{shape}-{how}" for shape in SHAPES for how in ("direct", "generate"))

_SYMBOL = re.compile(r"\b[A-Z][A-Z0-9]+(?:\.[A-Z0-9]+)?\b")
_NAMED = re.compile(r"(?:\s(?:for|of))?\s?\b([A-Z][A-Z0-9]+(?:\.[A-Z0-9]+)?)\b")
_FUNCTION = re.compile(
    r"\b(create|write|generate|make)\b.{0,80}?\bfunction\b( (to|that|which))?", re.I
)
_SHAPES: Mapping[str, re.Pattern[str]] = {
    "map": re.compile(r"\b(convert|multiply|map|translate|exchange)\b", re.I),
    "filter": re.compile(r"\b(alert|flag|filter|only|notify|warn)\b", re.I),
    "accumulate": re.compile(r"\b(accumulate|aggregate|average|mean|sum|total|count)\b", re.I),
}
_STREAMS = re.compile(r"^(stream|follow|watch)\b", re.I)
_READS = re.compile(r"^(give|get|show|read|what|tell|print)\b.*\b(price|value)\b", re.I)


@dataclass(frozen=True, slots=True)
class Intent:
    """A command with its symbol; `words` and `params` are what an operator goes by."""

    command: str
    symbol: str
    words: str = ""
    params: Mapping[str, Any] | None = None

    @property
    def arguments(self) -> list[str]:
        """What follows `neutrino stream` on a command line."""
        if self.command in READS:
            return [self.command, self.symbol]
        params = json.dumps(dict(self.params or {}))
        if self.command.startswith("accumulate"):
            return [self.command, self.symbol, self.words, "--operation-config", params]
        operation = {"description": self.words, "parameters": dict(self.params or {})}
        return [self.command, self.symbol, json.dumps(operation, ensure_ascii=False)]


def by_rules(sentence: str) -> Intent | None:
    """Tell what a sentence means where there is no doubt; None where there is."""
    symbols = set(_SYMBOL.findall(sentence))
    if len(symbols) != 1:
        return None
    [symbol] = symbols
    words = _NAMED.sub(lambda found: "" if found[1] == symbol else found[0], sentence)
    is_function = _FUNCTION.search(words) is not None
    words = " ".join(_FUNCTION.sub("", words).split())
    shapes = [shape for shape, found in _SHAPES.items() if found.search(words)]
    if len(shapes) == 1:
        how = "generate" if is_function else "direct"
        return Intent(f"{shapes[0]}-{how}", symbol, words)
    if shapes or is_function:
        return None
    if _STREAMS.search(words):
        return Intent("read-streaming", symbol)
    return Intent("read-adhoc", symbol) if _READS.search(words) else None


async def by_model(sentence: str, model: Model) -> Intent:
    """Ask a model. Raises ModelError, also where its answer is no command."""
    text, _ = await model.text(
        [{"role": "system", "content": _RULES}, {"role": "user", "content": sentence}]
    )
    for _, content in answers.objects(text):
        found = _read(content)
        if found is not None:
            return found
    raise ModelError(f"The model named no command; it said: {' '.join(text.split())[:200]}")


def _read(content: Any) -> Intent | None:
    match content:
        case {"command": str(command), "symbol": str(symbol)} if command in (*READS, *OPERATES):
            words, params = content.get("description") or "", content.get("parameters") or {}
            is_whole = command in READS or bool(words)
            # A dash would be read as an option.
            is_symbol = bool(symbol) and symbol[0] != "-" and str(words)[:1] != "-"
            if is_whole and is_symbol and isinstance(words, str) and isinstance(params, dict):
                return Intent(command, symbol, words, params)
    return None


_RULES = f"""\
You choose one command that reads the values of a stock symbol. Answer with one JSON object and
nothing else: {{"command": ..., "symbol": ..., "description": ..., "parameters": {{...}}}}.
command is one of {", ".join((*READS, *OPERATES))}. read-adhoc prints the newest value once,
read-streaming prints each. map converts each value, filter shows those that meet a condition,
accumulate sums up the values so far. -generate is for those who ask for a function, -direct for
others. description says in words what the operator does, parameters are its numbers by name."""
