"""Which files code opens by paths that stand in it: `open("x")`, `DATA / "x.csv"` and the like.

A path counts where it is handed to a call, unless that call is known to do something else with a
text; whether there is such a file is for `files` to see.
"""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.model import Span

_BUILDERS = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath"})
_SAME = frozenset({"resolve", "absolute", "expanduser", "str", "fspath", "abspath", "normpath"})
_READING = frozenset(
    {"read_text", "read_bytes", "open", "glob", "rglob", "iterdir", "exists", "is_file", "stat"}
)
_READER = re.compile(
    r"open|imread|(?:read|load|scan|open)_\w+|load|loads?txt|genfromtxt|fromfile|read"
)
_NO_READER = re.compile(r"read_(?:sql|html|gbq|clipboard)\w*|load_dataset|open_new\w*")
_WRITER = re.compile(
    r"(?:to|save|dump|write)_?\w*|savefig|imsave|mkdir|makedirs|remove|unlink|rename|replace|touch"
    r"|rmtree|move|rmdir|symlink_to|basicConfig|\w*FileHandler"
)
_SOURCE = re.compile(r"(?:file|path|f|io|fp)\w*|\w*_?(?:path|file|filename)")
# A folder is meant where the call says so, or the text does.
_FOLDERED = re.compile(
    r"(?i).*(?:load|read|open|glob|dir|walk|static|template|from_pretrained|pipeline).*"
)
# What takes texts that are no paths, whatever they look like.
_OTHER = re.compile(
    r"print|format|join|r?split|r?strip|startswith|endswith|encode|count|r?find|r?index|append|add"
    r"|extend|insert|get|getenv|setdefault|pop|isinstance|getattr|hasattr|setattr|len|repr|debug"
    r"|info|warning|error|critical|exception|log|compile|match|search|sub|fullmatch|findall"
    r"|removeprefix|removesuffix|title|set_title|xlabel|ylabel|suptitle|import_module|markdown|md"
    r"|TypeVar|namedtuple|Literal|HTTPException|\w*Error"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A path in code. `is_certain`: the call can only mean a file to read; `may_be_folder`: what
    stands there reads like a folder too."""

    path: str
    span: Span
    is_certain: bool
    may_be_folder: bool


@dataclass(frozen=True, slots=True)
class Paths:
    """What code opens, and what it writes: a file that it makes itself need not be there."""

    opened: tuple[Opened, ...] = ()
    written: frozenset[str] = frozenset()


def constants(codes: Iterable[str], own: str = "") -> dict[str, str]:
    """The names that stand for one path all through the cells of a notebook.

    `own` is the path of the file that the code is in, where it is a file.
    """
    known: dict[str, str] = {"__file__": own} if own else {}
    changing: set[str] = set()
    for code in codes:
        for statement in _parsed(code).body:
            for name, value in _assigned(statement):
                path = _value(value, known) if value is not None else None
                if path is None or known.get(name, path) != path:
                    changing.add(name)
                else:
                    known[name] = path
    return {name: path for name, path in known.items() if name not in changing}


def of_code(code: str, known: Mapping[str, str]) -> Paths:
    """List the paths that code opens and writes; `known` are names that stand for paths."""
    opened: list[Opened] = []
    written: set[str] = set()
    lines = Lines(code)
    for node in ast.walk(_parsed(code)):
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        for path, place, is_receiver in _given(node, called, known):
            if _writes(node, called, is_receiver=is_receiver):
                written.add(posixpath.normpath(path))
                continue
            if _OTHER.fullmatch(called) and not is_receiver:
                continue
            certain = is_receiver or (
                _is_reader(called) and any(place is each for each in _sources(node))
            )
            folder = is_receiver or not isinstance(place, ast.Constant) or "/" in path
            folder = folder or bool(_FOLDERED.fullmatch(called))
            opened.append(Opened(path, lines.span(place), certain, folder))
    return Paths(tuple(opened), frozenset(written))


def _parsed(code: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])  # told by others


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name)) | ast.For(target=ast.Name(id=name)):
            yield name, None


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _given(
    node: ast.Call, called: str, known: Mapping[str, str]
) -> Iterator[tuple[str, ast.expr, bool]]:
    """The paths that a call is made on (True) or given."""
    if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Constant):
        path = _value(node.func.value, known)
        if path is not None:
            if called in _READING or _WRITER.fullmatch(called):
                yield path, node.func.value, True
            return
    if _value(node, known) is not None or called in _BUILDERS | _SAME:
        return  # a part of a path: whoever takes that counts
    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
        path = _value(argument, known)
        if path:
            yield path, argument, False


def _is_reader(called: str) -> bool:
    return bool(_READER.fullmatch(called) and not _NO_READER.fullmatch(called))


def _sources(node: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a reader that say what to read, not how."""
    yield from node.args[:1]
    yield from (each.value for each in node.keywords if _SOURCE.fullmatch(each.arg or ""))


def _writes(node: ast.Call, called: str, *, is_receiver: bool) -> bool:
    if called != "open":
        return bool(_WRITER.fullmatch(called))
    modes = [each.value for each in node.keywords if each.arg == "mode"]
    modes += node.args[0 if is_receiver else 1 :][:1]
    match modes:
        case [ast.Constant(value=str(mode)), *_]:
            return any(letter in mode for letter in "wax")
    return False


def _value(node: ast.expr, known: Mapping[str, str]) -> str | None:
    """The path that an expression comes to, where it can be told from the text."""
    path: str | None = None
    match node:
        case ast.Constant(value=str(text)):
            path = text
        case ast.Name(id=name):
            path = known.get(name)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            path = _joined([left, right], known)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            path = _joined([left, right], known, "".join)
        case ast.Attribute(value=inner, attr="parent"):
            path = _joined([inner], known, lambda parts: posixpath.dirname(parts[0]) or ".")
        case ast.Call(args=arguments, keywords=[]):
            path = _called_value(node, arguments, known)
    return path


def _called_value(
    node: ast.Call, arguments: list[ast.expr], known: Mapping[str, str]
) -> str | None:
    called = _called(node)
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    if called in _BUILDERS:
        return _joined(arguments, known) if arguments else "."
    if called in {"cwd", "getcwd"} and not arguments:
        return "."
    if called in _SAME:
        given = arguments[0] if arguments else receiver
        return None if given is None else _value(given, known)
    if called == "joinpath" and receiver is not None:
        return _joined([receiver, *arguments], known)
    is_path_join = isinstance(receiver, ast.Attribute) and receiver.attr == "path"
    is_path_join |= isinstance(receiver, ast.Name) and receiver.id == "path"
    if called == "join" and is_path_join:
        return _joined(arguments, known)
    return None


def _joined(
    nodes: list[ast.expr],
    known: Mapping[str, str],
    how: Callable[[list[str]], str] = lambda parts: posixpath.join(*parts),
) -> str | None:
    parts = [part for node in nodes if (part := _value(node, known)) is not None]
    return how(parts) if len(parts) == len(nodes) > 0 else None
