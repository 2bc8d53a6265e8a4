"""From a function's signature to the fields of a declaration."""

from __future__ import annotations

import ast
import re

from neutrino_lab.declare import expression, parser, typetext
from neutrino_lab.declare.values import read_default
from neutrino_lab.notebook.facts import Parameter
from neutrino_lab.notebook.syntax import all_names

_STARRED = ("var-positional", "var-keyword")
_WORD = re.compile(r"[^\W\d]\w*")
_OR_NOTHING = re.compile(r"(?<!\s)\s*\|\s*None$|^(?:typing\.)?Optional\[(.*)\]$", re.DOTALL)
_INJECTED = frozenset(
    {
        *("Request", "Response", "WebSocket", "HTTPConnection", "BackgroundTasks"),
        *("SecurityScopes", "UploadFile", "Annotated"),
    }
)
_SCALARS = frozenset(
    {
        *("str", "int", "float", "bool", "complex", "None", "Literal", "Optional", "Union"),
        *("datetime", "date", "time", "timedelta", "Decimal", "UUID", "typing", "decimal", "uuid"),
    }
)
# What would end or change the text of a declaration.
_UNWRITABLE = ('"""', "\\", "\n")


def words(parameter: Parameter) -> frozenset[str]:
    """The identifiers in its annotation, such as `list` and `int` of `list[int]`."""
    return frozenset(_WORD.findall(parameter.annotation))


def is_from_caller(parameter: Parameter) -> bool:
    """Tell whether its value can be declared: it has a name of its own, and FastAPI does not supply
    it by its annotation."""
    return parameter.kind not in _STARRED and _INJECTED.isdisjoint(words(parameter))


def is_scalar(parameter: Parameter) -> bool:
    """Tell what fits into one value of a query from lists, objects and models. Without an
    annotation a default tells, and nothing else: text that stood for a number would be wrong."""
    if not parameter.annotation:
        return _is_scalar_default(parameter.default)
    tree = expression.parse(parameter.annotation)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        tree = expression.parse(tree.value)
    return tree is None or all_names(tree) <= _SCALARS


def _is_scalar_default(text: str) -> bool:
    try:
        return isinstance(ast.literal_eval(text.strip() or "None"), (bool, int, float, str))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False


def is_sayable(parameter: Parameter) -> bool:
    """Tell whether a declaration can say what is used where the caller leaves it out."""
    return not parameter.default or _default(parameter) is not None


def field_text(parameter: Parameter) -> str:
    """Write it as a field: as much of it as a declaration can say."""
    type_ = _type(parameter)
    default = _default(parameter) or ""
    mark = ""
    if default == "None":
        default, mark = "", "?"
        type_ = _OR_NOTHING.sub(lambda found: found[1] or "", type_)
    for annotation in (type_, "") if type_ else ("",):
        text = parameter.name + mark
        text += f":{annotation}" if annotation else ""
        text += f"={default}" if default else ""
        if _reads_back(text, parameter.name, annotation, default):
            return text
    return parameter.name + mark


def kebab(name: str) -> str:
    """Turn the name of a function into a piece of a path."""
    return name.strip("_").replace("_", "-").lower() or "call"


def _type(parameter: Parameter) -> str:
    text = parameter.annotation.strip()
    is_sound = text and not any(each in text for each in _UNWRITABLE)
    return text if is_sound and not typetext.read(text).flaws else ""


def _default(parameter: Parameter) -> str | None:
    """Give the default as a declaration writes it, None where it cannot be written."""
    text = parameter.default.strip()
    if not text or any(each in text for each in _UNWRITABLE):
        return None
    try:
        read_default(text)
    except ValueError:
        return None
    return text if _reads_back(f"{parameter.name}={text}", parameter.name, "", text) else None


def _reads_back(text: str, name: str, type_: str, default: str) -> bool:
    """Tell whether the parser takes a field for what was meant."""
    tree = parser.read(f"@HTTP\nPOST /\nbody: {text}")
    fields = tree.fields("body") if tree and not tree.problems else ()
    if len(fields) != 1:
        return False
    field = fields[0]
    found = (field.name.text, field.type.text if field.type else "")
    return found == (name, type_) and (field.default.text if field.default else "") == default
