"""Which files code opens by paths that stand in it: `open("x")`, `DATA / "x.csv"` and the like.

A path counts where it is handed to a call, unless that call is known to do something else with a
text, and where a text stands by itself: as a constant, an attribute of a class, a default, in a
list. Whether there is such a file is for `files` to see; what no text says is told as unknown.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from neutrino_lab.export.known_texts import UNKNOWN, Added, Asked, Noted, Texts
from neutrino_lab.export.texts import add_names, is_builder, texts_of
from neutrino_lab.notebook.blocks import Block, blocks_of, remembered_of_block
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.memory import remembered
from neutrino_lab.notebook.model import Cell, Span
from neutrino_lab.notebook.syntax import all_names, last_name, parse_or_empty, walk

_READING = frozenset(
    {"read_text", "read_bytes", "open", "glob", "rglob", "iterdir", "exists", "is_file", "stat"}
)
_GLOBBING = frozenset({"glob", "iglob"})
_READER = re.compile(
    r"open|imread|(?:read|load|scan|open)_\w+|load|loads?txt|genfromtxt|fromfile|read"
)
_NO_READER = re.compile(r"read_(?:sql|html|gbq|clipboard)\w*|load_dataset|open_new\w*")
_WRITER = re.compile(
    r"(?:to|save|dump|write)_?\w*|savefig|imsave|mkdir|makedirs|remove|unlink|rename|replace|touch"
    r"|rmtree|move|rmdir|symlink_to|basicConfig|\w*FileHandler"
)
_HAS_DEFAULT = frozenset({"get", "getenv", "setdefault"})
_SOURCE = re.compile(r"(?:file|path|f|io|fp)\w*|\w*_?(?:path|file|filename)")
# A folder is meant where the call says so, or the text does.
_FOLDERED = re.compile(r"(?i)load|read|open|glob|dir|walk|static|template|from_pretrained|pipeline")
# What takes texts that are no paths, whatever they look like.
_OTHER = re.compile(
    r"print|format|join|r?split|r?strip|startswith|endswith|encode|count|r?find|r?index|append|add"
    r"|extend|insert|get|getenv|setdefault|pop|isinstance|getattr|hasattr|setattr|len|repr|debug"
    r"|info|warning|error|critical|exception|log|compile|match|search|sub|fullmatch|findall"
    r"|addsitedir|removeprefix|removesuffix|title|set_title|xlabel|ylabel|suptitle|import_module|markdown|md"
    r"|TypeVar|namedtuple|Literal|HTTPException|\w*Error"
)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Opened:
    """A path in code. `is_certain`: the call can only mean a file to read; `may_be_folder`: what
    stands there reads like a folder too; `is_pattern`: `*` stands for what is not known before the
    code runs, or in the text itself."""

    path: str
    span: Span
    is_certain: bool
    may_be_folder: bool
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Paths:
    """What code opens, and what it writes: a file that it makes itself need not be there.

    `unknown` are the places where it opens what no text says.
    """

    opened: tuple[Opened, ...] = ()
    written: frozenset[str] = frozenset()
    unknown: tuple[Span, ...] = ()


def of_cells(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Paths]]:
    """Yield the cells of a notebook that open or write something, with the paths."""
    known = Texts()
    for block in blocks_of(cells):
        memory = _memory_of_block(block)
        if (kept := memory.names) and known.are(kept[0]):
            known.repeat(kept[1])
        else:
            noted = Noted(known)
            for cell in block.cells:
                _add(cell.code, noted)
            memory.names = noted.asked(), noted.added()
    for block in blocks_of(cells):
        memory = _memory_of_block(block)
        if (ready := memory.paths) and known.are(ready[0]):
            yield from ready[1]
            continue
        noted = Noted(known)
        each = ((cell, _paths(cell.code, noted)) for cell in block.cells)
        found = tuple((cell, p) for cell, p in each if p.opened or p.written or p.unknown)
        memory.paths = noted.asked(), found
        yield from found


def of_file(code: str, own: str) -> Paths:
    """List the paths that a file of code opens and writes; `own` is the path of the file."""
    known = Noted(Texts({"__file__": [own]}))
    _add(code, known)
    return _paths(code, known)


def _add(code: str, known: Noted) -> None:
    """Say what the names in some code stand for, after that of the code before it."""
    memory = _memory(code)
    if (kept := memory.names) and known.are(kept[0]):
        known.repeat(kept[1])
        return
    noted = Noted(known)
    add_names(parse_or_empty(code), noted)
    memory.names = noted.asked(), noted.added()
    known.take_over(noted)


def _paths(code: str, known: Noted) -> Paths:
    """List the paths that code opens and writes; `known` are names that stand for paths."""
    memory = _memory(code)
    if (kept := memory.paths) and known.are(kept[0]):
        return kept[1]
    noted = Noted(known)
    paths = _of_code(code, noted)
    memory.paths = noted.asked(), paths
    known.take_over(noted)
    return paths


@dataclass(slots=True)
class _Memory(Generic[Found]):
    """What was found in some code last. It holds as long as the names that it asked about stand for
    the same. Several threads may ask at once: each reads it once, and replaces it as a whole."""

    names: tuple[Asked, Added] | None = None
    paths: tuple[Asked, Found] | None = None


@remembered
def _memory(_code: str) -> _Memory[Paths]:
    return _Memory()


@remembered_of_block
def _memory_of_block(_block: Block) -> _Memory[tuple[tuple[Cell, Paths], ...]]:
    return _Memory()


def _of_code(code: str, known: Texts) -> Paths:
    lines = Lines(code)
    opened: dict[tuple[str, int, int], Opened] = {}
    written: set[str] = set()
    unknown: list[Span] = []
    judged: set[ast.expr] = set()

    def take(text: str, place: ast.expr, *, is_certain: bool, is_folder: bool) -> bool:
        path = text.replace(UNKNOWN, "*")
        is_pattern = path != text or (is_folder and "*" in path)
        # Without a folder of its own it would mean any file.
        start = posixpath.normpath(path).partition("*")[0]
        if not path or (path != text and "/" not in start):
            return False
        span = lines.span(place)
        found = Opened(path, span, is_certain, is_folder, is_pattern)
        opened.setdefault((path, span.line, span.column), found)
        return True

    nodes = walk(parse_or_empty(code))
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        called = last_name(node.func)
        for texts, place, is_receiver in _given(node, called, known):
            judged |= {each for each in walk(place) if isinstance(each, ast.expr)}
            if _writes(node, called, is_receiver=is_receiver):
                written |= {posixpath.normpath(each) for each in texts if UNKNOWN not in each}
                continue
            if _OTHER.fullmatch(called) and not is_receiver:
                continue
            reads = is_receiver or (
                _is_reader(called) and any(place is each for each in _sources(node))
            )
            folder = is_receiver or not isinstance(place, ast.Constant) or called in _GLOBBING
            folder = folder or bool(_FOLDERED.search(called)) or any("/" in t for t in texts)
            took = [
                take(each, place, is_certain=reads and len(texts) == 1, is_folder=folder)
                for each in texts
            ]
            if reads and not any(took) and _is_to_be_told(place, node, known):
                unknown.append(lines.span(place))
    for text, place in _mentioned(nodes, judged):
        take(text, place, is_certain=False, is_folder=False)
    return Paths(tuple(opened.values()), frozenset(written), tuple(unknown))


def _mentioned(nodes: Iterable[ast.AST], judged: set[ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    """The texts that stand by themselves and may be the path of a file: what a name, an attribute
    or a parameter is given, and what is in a list or a dict of such."""
    waiting: list[ast.expr | None] = []
    for node in nodes:
        match node:
            case ast.Assign(value=value) | ast.AnnAssign(value=value):
                waiting.append(value)
            case ast.arguments(defaults=defaults, kw_defaults=more):
                waiting += [*defaults, *more]
            case ast.For(iter=value) | ast.comprehension(iter=value):
                waiting.append(value)
            case ast.Call(args=[_, default]) if last_name(node.func) in _HAS_DEFAULT:
                waiting.append(default)
    while waiting:
        each = waiting.pop()
        match each:
            case ast.Constant(value=str(text)) if each not in judged and 0 < len(text) <= 1000:
                if "." in text or "/" in text:
                    yield text, each
            case ast.List(elts=inner) | ast.Tuple(elts=inner) | ast.Set(elts=inner):
                waiting += inner
            case ast.Dict(values=inner):
                waiting += inner


def _given(
    node: ast.Call, called: str, known: Texts
) -> Iterator[tuple[tuple[str, ...], ast.expr, bool]]:
    """The paths that a call is made on (True) or given."""
    if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Constant):
        texts = texts_of(node.func.value, known)
        if texts != (UNKNOWN,):
            if called in _READING or _WRITER.fullmatch(called):
                yield texts, node.func.value, True
            return
    if texts_of(node, known) != (UNKNOWN,) or is_builder(node):
        return  # a part of a path: the call that takes it counts
    sources = {*_sources(node)} if _is_reader(called) else set()
    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
        texts = texts_of(argument, known)
        if texts != (UNKNOWN,) or argument in sources:
            yield texts, argument, False


def _is_to_be_told(place: ast.expr, node: ast.Call, known: Texts) -> bool:
    """Whether a place where a file is opened leaves the reader in the dark: what a caller gives,
    and the environment, is not for the code to say; what may be no path at all is left."""
    if any(isinstance(each, ast.Attribute) and each.attr == "environ" for each in walk(place)):
        return False
    is_text = isinstance(place, (ast.JoinedStr, ast.BinOp)) or (
        isinstance(place, ast.Call)
        and (is_builder(place) or last_name(place.func) in {"join", "format"})
    )
    is_plain_open = isinstance(node.func, ast.Name) and node.func.id == "open"
    if not is_text and any(known.is_given(name) for name in all_names(place)):
        return False
    return is_text or (is_plain_open and not isinstance(place, ast.Constant))


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
