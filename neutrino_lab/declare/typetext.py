"""The types that a declaration may name: read with `ast`, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from neutrino_lab.declare import expression
from neutrino_lab.notebook.syntax import last_name
from neutrino_lab.notebook.wording import Worded, say

# How many types stand between the brackets; -1: any number of them, 0: none.
ARITY: Mapping[str, int] = {
    **dict.fromkeys(("str", "int", "float", "bool", "bytes", "None", "Any", "complex"), 0),
    **dict.fromkeys(("datetime", "date", "time", "timedelta", "Decimal", "UUID", "Path"), 0),
    **dict.fromkeys(("list", "set", "frozenset", "List", "Set", "FrozenSet"), 1),
    **dict.fromkeys(("Sequence", "Iterable", "Collection", "deque", "Deque", "Optional"), 1),
    **dict.fromkeys(("dict", "Dict", "Mapping"), 2),
    **dict.fromkeys(("tuple", "Tuple", "Union", "Literal"), -1),
}
BARE_IS_ODD = ("Optional", "Union", "Literal")
SIMPLE = frozenset(ARITY) - frozenset(BARE_IS_ODD)

# Names that may be written with the module in front, imported or not.
MODULES: Mapping[str, tuple[str, ...]] = {
    "typing": (
        *("Any", "List", "Set", "FrozenSet", "Sequence", "Iterable", "Collection", "Deque"),
        *("Dict", "Mapping", "Tuple", "Optional", "Union", "Literal"),
    ),
    "datetime": ("datetime", "date", "time", "timedelta"),
    "decimal": ("Decimal",),
    "uuid": ("UUID",),
    "pathlib": ("Path",),
    "collections": ("deque",),
}

# What each means, for those who write one; the common ones first.
ABOUT: Mapping[str, str] = {
    "str": "Text.",
    "int": "A whole number; `3.5` does not fit.",
    "float": "A number.",
    "bool": "`true` or `false`; in a query `1`, `on` and `yes` fit as well.",
    "list": "A list; `list[float]` says of what. In a query, a repeated parameter.",
    "dict": "A JSON object; `dict[str, float]` says what it holds.",
    "datetime": "A date with a time, as in `2026-01-31T09:30:00Z`.",
    "date": "A date, as in `2026-01-31`.",
    "time": "A time of day, as in `09:30`.",
    "timedelta": "A length of time: seconds, or `PT90S`.",
    "Literal": "One of the values listed, as in `Literal['mean', 'median']`.",
    "Optional": "The type in the brackets, or null: `Optional[int]` is `int | None`.",
    "Union": "Any of the types listed: `Union[int, str]` is `int | str`.",
    "Any": "Any JSON value, unchanged.",
    "None": "null; as in `int | None`.",
    "tuple": "A list of a known length: `tuple[float, float]`.",
    "set": "A list whose repeated values count once.",
    "frozenset": "A set that cannot be changed.",
    "Decimal": "An exact number: `0.10` keeps its digits.",
    "UUID": "A UUID, as in `6f1c0f6e-8a0b-4f0e-9b0a-2c8f5d3e7a11`.",
    "Path": "Text, given to the function as a `pathlib.Path`.",
    "bytes": "Text, given to the function as bytes.",
    "complex": "A complex number, as in `1+2j`.",
    "Sequence": "A list.",
    "Iterable": "A list, read as it is gone through.",
    "Mapping": "A JSON object.",
    "deque": "A list, given to the function as a `collections.deque`.",
}

# What other languages and schemas call them.
ALIASES: Mapping[str, str] = {
    "integer": "int",
    "long": "int",
    "string": "str",
    "text": "str",
    "char": "str",
    "varchar": "str",
    "boolean": "bool",
    "number": "float",
    "double": "float",
    "numeric": "float",
    "real": "float",
    "array": "list",
    "vector": "list",
    "object": "dict",
    "json": "dict",
    "map": "dict",
    "record": "dict",
    "null": "None",
    "any": "Any",
    "timestamp": "datetime",
    "guid": "UUID",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a text is no type; `start` and `end` are offsets in it."""

    message: Worded
    hint: Worded
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TypeText:
    """A type text taken apart. `names` are those that only the notebook can explain, with where
    they begin and end in the text; a dotted one is named by its first part. Python may know a name
    by other letters than it is written in: `ﬀ` is `ff`."""

    flaws: tuple[Flaw, ...]
    names: tuple[tuple[str, int, int], ...]


def read(text: str) -> TypeText:
    """Take a type apart; any text is taken."""
    tree = expression.parse(text)
    if tree is None:
        return TypeText((_unparsable(text),), ())
    reader = _Reader(text)
    reader.visit(tree)
    return TypeText(tuple(reader.flaws), tuple(reader.names))


def _unparsable(text: str) -> Flaw:
    words = text.split()
    if len(words) > 1 and any(":" in word for word in words):
        hint = say("separate fields with commas, as in `a:int, b:str`")
    else:
        hint = say("write a Python annotation such as `int`, `list[float]` or `str | None`")
    return Flaw(say("`{text}` is not a type", text=text), hint, 0, len(text))


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.flaws: list[Flaw] = []
        self.names: list[tuple[str, int, int]] = []

    def visit(self, node: ast.expr) -> None:
        if isinstance(node, ast.Name):
            self._name(node)
        elif isinstance(node, ast.Attribute):
            self._attribute(node)
        elif isinstance(node, ast.Subscript):
            self._subscript(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            self.visit(node.left)
            self.visit(node.right)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._quoted(node, node.value)
        elif not (isinstance(node, ast.Constant) and node.value is None):
            self._odd(node)

    def _flaw(self, node: ast.expr, message: Worded, hint: Worded) -> None:
        start, end = self._place(node)
        self.flaws.append(Flaw(message, hint, start, end))

    def _place(self, node: ast.expr) -> tuple[int, int]:
        end = node.end_col_offset or node.col_offset
        return _column(self._text, node.col_offset), _column(self._text, end)

    def _shown(self, node: ast.expr) -> str:
        start, end = self._place(node)
        return self._text[start:end]

    def _odd(self, node: ast.expr) -> None:
        text = self._shown(node)
        message = say("`{text}` is not a type", text=text)
        if isinstance(node, ast.Call):
            message = say("`{text}` is a call, and a declaration calls nothing", text=text)
        self._flaw(node, message, _instead(node))

    def _quoted(self, node: ast.Constant, text: str) -> None:
        inner = read(text)
        start = self._place(node)[0] + 1
        if inner.flaws:
            message = say("`{text}` is not a type", text=self._shown(node))
            self._flaw(node, message, inner.flaws[0].hint)
        self.names.extend((name, start + at, start + end) for name, at, end in inner.names)

    def _name(self, node: ast.Name) -> None:
        if node.id in BARE_IS_ODD:
            self._flaw(
                node,
                say("`{text}` needs types in brackets", text=self._shown(node)),
                say("write it as `{example}`", example=_EXAMPLES[node.id]),
            )
        elif node.id not in ARITY:
            self._note(node)

    def _note(self, node: ast.Name) -> None:
        self.names.append((node.id, *self._place(node)))

    def _attribute(self, node: ast.Attribute) -> None:
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if not isinstance(inner, ast.Name):
            self._odd(node)
        elif node.attr not in MODULES.get(inner.id, ()) or node.value is not inner:
            self._note(inner)

    def _subscript(self, node: ast.Subscript) -> None:
        base = node.value
        name = last_name(base)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not isinstance(base, (ast.Name, ast.Attribute)):
            self._odd(node)
            return
        if isinstance(base, ast.Attribute) or name not in BARE_IS_ODD:
            self.visit(base)
        if name == "Literal":
            self._literal(inner)
            return
        arity = ARITY.get(name, -1) if isinstance(base, ast.Name) else -1
        if arity == 0:
            self._flaw(
                node,
                say(
                    "`{text}` has brackets, and `{name}` takes none",
                    text=self._shown(node),
                    name=name,
                ),
                say("write `{name}`", name=name),
            )
            return
        if arity not in (-1, len(inner)):
            text = self._shown(node)
            message = (
                say(
                    "`{text}` does not fit: `{name}` takes one type in its brackets",
                    text=text,
                    name=name,
                )
                if arity == 1
                else say(
                    "`{text}` does not fit: `{name}` takes two types in its brackets",
                    text=text,
                    name=name,
                )
            )
            self._flaw(node, message, say("write it as `{example}`", example=_EXAMPLES[name]))
        for each in inner:
            if not (name in ("tuple", "Tuple") and _is_ellipsis(each)):
                self.visit(each)

    def _literal(self, values: list[ast.expr]) -> None:
        for value in values:
            core = value.operand if isinstance(value, ast.UnaryOp) else value
            if not (isinstance(core, ast.Constant) and not _is_ellipsis(core)):
                self._flaw(
                    value,
                    say("`{text}` is not a literal", text=self._shown(value)),
                    say("write texts in quotes, numbers as they are"),
                )


_EXAMPLES: Mapping[str, str] = {
    **{name: f"{name}[int]" for name, arity in ARITY.items() if arity == 1},
    **{name: f"{name}[str, int]" for name, arity in ARITY.items() if arity == 2},
    "Union": "Union[int, str]",
    "Literal": "Literal['a', 'b']",
}


def _instead(node: ast.expr) -> Worded:
    if isinstance(node, ast.Call):
        return say(
            "give the type a name in a cell above, as in `Positive = ...`, and write that name"
        )
    if isinstance(node, ast.List):
        return say("write a list as `list[int]`")
    if isinstance(node, (ast.Dict, ast.Set)):
        return say("write an object as `dict[str, int]`")
    if isinstance(node, ast.Tuple):
        return say("write a tuple as `tuple[int, str]`")
    return say("write a Python annotation such as `int` or `list[float]`")


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _column(text: str, offset: int) -> int:
    """Turn an offset in UTF-8 bytes, as `ast` counts, into one in characters."""
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))
