"""What a model answers, read: an object of the schema, or code in a fence, or a reason why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from neutrino_lab.generate import lint
from neutrino_lab.generate.task import SHAPES

MOST_EXAMPLES = 20
_LABEL = re.compile(r"[\w+#.-]*")
_FENCE = "```"
_OBJECTS_TRIED = 20
_PYTHON = ("", "py", "python", "python3")
_SHOWN = 300
_WRAPPERS = ("result", "operator", "endpoint", "draft")


class NoDraftError(ValueError):
    """An answer without a draft; the message says what is there instead."""


class Example(BaseModel):
    """Values that go in one after the other, and what should come of each; JSON as text."""

    model_config = ConfigDict(extra="ignore")

    inputs: str
    expected: str

    def read(self) -> tuple[list[Any], list[Any]] | None:
        """Give both as lists; None where they are none."""
        try:
            inputs, expected = json.loads(self.inputs), json.loads(self.expected)
        except (ValueError, RecursionError):
            return None
        is_read = isinstance(inputs, list) and isinstance(expected, list)
        return (inputs, expected) if is_read else None


FIELDS = ("state", "params", "query", "headers", "body", "resp", "message")
"""The keys of a declaration that a draft may fill in."""


class Draft(BaseModel):
    """What a model has written; those of `FIELDS` are fields as a declaration has them."""

    model_config = ConfigDict(extra="ignore")

    kind: str = ""
    name: str = ""
    code: str
    state: str = ""
    params: str = ""
    query: str = ""
    headers: str = ""
    body: str = ""
    resp: str = ""
    message: str = ""
    examples: list[Example] = []
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A draft, and whether it had the form that was asked for."""

    draft: Draft
    is_structured: bool


def schema(keys: Sequence[str]) -> dict[str, Any]:
    """Give the JSON Schema of a draft that may fill in these keys, in the strict dialect: all
    required, nothing besides."""
    text = {"type": "string"}
    example = {
        "type": "object",
        "properties": {"inputs": text, "expected": text},
        "required": ["inputs", "expected"],
        "additionalProperties": False,
    }
    kind = {"kind": {"type": "string", "enum": [*SHAPES]}} if "state" in keys else {}
    properties = {
        **kind,
        **dict.fromkeys(("name", "code", *keys), text),
        "examples": {"type": "array", "items": example},
        "notes": text,
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read(text: str) -> ModelAnswer:
    """Find the draft in an answer, whatever stands around it. Raises NoDraftError."""
    for is_whole, content in objects(text):
        unwrapped = _unwrapped(content)
        if unwrapped is not None:
            try:
                draft = Draft.model_validate(unwrapped)
            except ValidationError:
                continue
            return ModelAnswer(draft.model_copy(update={"code": _unfenced(draft.code)}), is_whole)
    fences = [(label.lower(), code) for label, code in _fenced(text)]
    for label, code in fences:
        if label in _PYTHON and lint.functions(code):
            return ModelAnswer(Draft(code=code.strip("\n")), is_structured=False)
    if lint.functions(text):
        return ModelAnswer(Draft(code=text.strip()), is_structured=False)
    others = [label for label, _ in fences if label not in (*_PYTHON, "json")]
    if others:
        raise NoDraftError(f"The answer is in {others[0]}, not in Python.")
    if any(label in _PYTHON for label, _ in fences):
        raise NoDraftError("The code of the answer is no Python with a function in it.")
    said = " ".join(text.split())
    shown = f"{said[:_SHOWN]}…" if len(said) > _SHOWN else said
    raise NoDraftError(f"There is no code in the answer. It says: {shown or 'nothing'}")


def objects(text: str) -> Iterator[tuple[bool, Any]]:
    """Give what may be the object, the likeliest first; true with what is all of the answer."""
    try:
        yield True, json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        return
    for label, body in _fenced(text):
        if label.lower() in ("", "json"):
            try:
                yield False, json.loads(body, strict=False)
            except (ValueError, RecursionError):
                continue
    decoder = json.JSONDecoder(strict=False)
    for found in list(re.finditer(r"\{", text))[:_OBJECTS_TRIED]:
        try:
            yield False, decoder.raw_decode(text, found.start())[0]
        except (ValueError, RecursionError):
            continue


def _unwrapped(content: Any) -> Mapping[str, Any] | None:
    """Take a draft out of what models put around one: `{"result": ...}`; JSON that is no text."""
    if isinstance(content, dict) and "code" not in content:
        inner = [content[name] for name in _WRAPPERS if name in content]
        content = inner[0] if inner else None
        if isinstance(content, str):
            content = {"code": content}
    if not isinstance(content, dict) or "code" not in content:
        return None
    made = {name: value for name, value in content.items() if value is not None}
    made["examples"] = [
        {name: _text(value) for name, value in each.items()}
        for each in _listed(made.get("examples"))[:MOST_EXAMPLES]
        if isinstance(each, dict) and {"inputs", "expected"} <= each.keys()
    ]
    for name in FIELDS:
        if name in made:
            fields = made[name] if isinstance(made[name], str) else _fields(made[name])
            # On a line of its own, it would be another key of the declaration.
            made[name] = " ".join(fields.split())
    return made


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _fields(value: Any) -> str:
    """Write fields that came as an object of names and first values."""
    if not isinstance(value, dict):
        return ""
    kinds = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}
    written = []
    for name, first in value.items():
        kind = kinds.get(type(first), "")
        default = "" if isinstance(first, list | dict) or first is None else f"={first!r}"
        written.append(f"{name}{':' + kind if kind else ''}{default}")
    return ", ".join(written)


def _unfenced(code: str) -> str:
    found = _fenced(code)
    return (found[0][1] if found else code).strip("\n")


def _fenced(text: str) -> list[tuple[str, str]]:
    """The blocks between lines of backticks, each with its label; one that has no end is none."""
    found: list[tuple[str, str]] = []
    label: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if not bare.startswith(_FENCE):
            lines.append(line)
        elif label is None:
            named = _LABEL.match(bare.removeprefix(_FENCE).lstrip())
            label, lines = named[0] if named else "", []
        else:
            found.append((label, "\n".join(lines)))
            label = None
    return found
