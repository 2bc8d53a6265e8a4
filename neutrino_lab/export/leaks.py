"""Literals that look like keys: what is written in a cell is in every copy of the image.

A table of our own rather than detect-secrets: that one has not been released for long, brings
`requests` along and judges lines, where the tree of a cell tells names from values.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.imports import Place
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.model import Notebook, Span

ALLOW = "neutrino: allow-secret"

_ALLOWED = re.compile(rf"#.*\b{ALLOW}\b")
# What the issuers themselves make recognisable.
_SHAPES = (
    ("an AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a GitHub token", r"\bgh[oprsu]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{40,}"),
    ("a GitLab token", r"\bglpat-[\w-]{20,}"),
    ("an API key", r"\bsk-(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}"),
    ("a Stripe key", r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}"),
    ("a Slack token", r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}"),
    ("a Slack webhook", r"\bhooks\.slack\.com/services/T\w+/B\w+/\w+"),
    ("a Google API key", r"\bAIza[\w-]{35}"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("a PyPI token", r"\bpypi-AgE[\w-]{50,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a JSON Web Token", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
)
_SHAPED = [(what, re.compile(pattern)) for what, pattern in _SHAPES]
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:([^\s/@'\"]+)@", re.IGNORECASE)
_NAME = re.compile(
    r"(?:.*_)?(?:(?P<word>password|passwd|passphrase|pwd|secret|client_secret|secret_key)"
    r"|token|api_?key|apikey|access_key|private_key|auth_key|account_key|encryption_key"
    r"|signing_key|credentials?|authorization)"
)
_PLACEHOLDER = re.compile(
    r"(?i)[x*.#_-]+|.*(?:change_?me|change_?this|replace|your|example|placeholder|dummy|fake|todo"
    r"|redacted|insert|xxxx|1234|sample|\.\.\.).*|.*[<>{}$%].*|\[.*\]"
    r"|(?:user|pass|password|passwd|pwd|secret|token|test|admin|root|guest|postgres|none|null)\d*"
)
_PLAIN = re.compile(r"[A-Za-z_. -]+")
_PATH = re.compile(r"(?:\.{0,2}/|~|[a-z][a-z0-9+.-]*://).*", re.IGNORECASE)
_ASKING = frozenset({"get", "getenv", "setdefault", "setenv", "pop", "environ_get"})


# Shorter passwords are as often test data as they are real.
_CERTAIN_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Leak:
    """What looks like a key, where, and whether it is taken for one or may as well be data."""

    what: str
    span: Span | None
    is_certain: bool = True


def find(notebooks: Iterable[Notebook], files: Iterable[tuple[Place, str]]) -> list[Diagnostic]:
    """Name the cells, and the files that go with them, that hold what looks like a key."""
    found: list[Diagnostic] = []
    for notebook in notebooks:
        place = Place(str(notebook.path))
        shaped = _shaped(notebook.description)
        found += (_finding(place, Leak(what, None)) for what, _, _ in shaped)
        for cell in notebook.cells:
            place = Place(str(notebook.path), cell.number, cell.id, cell.source)
            found += (_finding(place, each) for each in in_code(cell.code))
    for place, text in files:
        found += (_finding(place, each) for each in in_code(text))
    return found


def in_code(code: str) -> list[Leak]:
    """Say what looks like a key in Python code, comments included, and where.

    A comment `# neutrino: allow-secret` in a line of the literal lets it pass.
    """
    allowed = {n for n, line in enumerate(code.split("\n"), 1) if _ALLOWED.search(line)}
    tree = _parsed(code)
    literals = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, (ast.Constant, ast.JoinedStr))
    ]
    found: dict[int, Leak] = {}
    for what, start, end in _shaped(code):
        line = code.count("\n", 0, start) + 1
        column = start - (code.rfind("\n", 0, start) + 1)
        lines = {n for a, b in literals if a <= line <= b for n in range(a, b + 1)} | {line}
        if not lines & allowed:
            found.setdefault(line, Leak(what, Span(line, column, line, column + end - start)))
    if tree:
        answered = _answered(tree)
        for name, node in _named(tree):
            lines = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            if _is_secret(name, node.value) and not lines & allowed:  # type: ignore[arg-type]
                # What a function answers, whoever calls it gets to know.
                is_certain = node not in answered and len(str(node.value)) >= _CERTAIN_CHARACTERS
                leak = Leak(f"the value of `{name}`", Lines(code).span(node), is_certain)
                found.setdefault(node.lineno, leak)
    return [found[line] for line in sorted(found)]


def _finding(place: Place, leak: Leak) -> Diagnostic:
    severity: Literal["error", "warning"] = "error" if leak.is_certain else "warning"
    verbs = "is written here, and would" if leak.is_certain else "may be a secret, and will"
    # Without the source: a report would print the line, and the key with it.
    return replace(place, source="").finding(
        "NL771" if leak.is_certain else "NL772",
        severity,
        f"{leak.what} {verbs} be in every copy of the image",
        hint='read it with `os.environ["NAME"]` and pass it in a .env file; if it is none, say '
        f"`# {ALLOW}` in its line",
        span=leak.span,
    )


def _shaped(text: str) -> Iterator[tuple[str, int, int]]:
    for what, pattern in _SHAPED:
        for match in pattern.finditer(text):
            if not re.search(r"(?i)x{4,}|example|your", match[0]):
                yield what, match.start(), match.end()
    for match in _ADDRESS.finditer(text):
        if not _PLACEHOLDER.fullmatch(match[1]):
            yield "an address with a password", match.start(), match.end()


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.Constant]]:
    """All literal texts that have a name: assigned, passed, compared, a default, in a dict."""
    for node in ast.walk(tree):
        for target, value in _pairs(node):
            name = _name(target)
            if name and isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield name, value


def _answered(tree: ast.Module) -> set[ast.AST]:
    """What stands in the data that functions return or yield, outside of any call."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
            waiting: list[ast.AST] = [node.value]
            while waiting:
                each = waiting.pop()
                found.add(each)
                if isinstance(each, (ast.Dict, ast.List, ast.Tuple, ast.Set)):
                    waiting += ast.iter_child_nodes(each)
    return found


def _pairs(node: ast.AST) -> Iterator[tuple[ast.AST | str | None, ast.AST | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.keyword(arg=name, value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            yield from zip(keys, values, strict=True)
        case ast.Compare(left=left, comparators=[right]):
            yield left, right
            yield right, left
        case ast.arguments():
            positional = [*node.posonlyargs, *node.args]
            tail = positional[len(positional) - len(node.defaults) :]
            yield from ((arg.arg, value) for arg, value in zip(tail, node.defaults, strict=True))
            keyed = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            yield from ((arg.arg, value) for arg, value in keyed)
        case ast.Call(func=func, args=[name, value]) if _name(func) in _ASKING:
            yield name, value


def _name(node: ast.AST | str | None) -> str:
    match node:
        case str():
            return node
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))) | ast.Constant(value=str(name)):
            return name if re.fullmatch(r"[\w-]{1,60}", name) else ""
    return ""


def _is_secret(name: str, value: str) -> bool:
    """Whether a text under this name is likely to be a real secret."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    matched = _NAME.fullmatch(plain)
    value = re.sub(r"(?i)^(?:bearer|basic|token) +", "", value)
    if matched is None or _PLACEHOLDER.fullmatch(value) or _PATH.fullmatch(value):
        return False
    if not value.isprintable() or " " in value.strip():
        return False
    if matched["word"]:
        return len(value) >= 6 and not _PLAIN.fullmatch(value) and _entropy(value) >= 2.0
    has_digit = any(each.isdigit() for each in value)
    return len(value) >= 16 and has_digit and _entropy(value) >= 3.0


def _entropy(text: str) -> float:
    """Bits per character, after Shannon."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
