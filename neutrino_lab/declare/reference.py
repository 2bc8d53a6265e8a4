"""Writes the reference of declarations in Markdown, from the grammar and the rules alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neutrino_lab.declare.declared import Rule
from neutrino_lab.declare.grammar import FORMS, KINDS
from neutrino_lab.declare.kind import Key, Kind
from neutrino_lab.declare.route import CONVERTERS
from neutrino_lab.declare.rules import RULES
from neutrino_lab.declare.typetext import ARITY, MODULES
from neutrino_lab.runtime import settings
from neutrino_lab.runtime.streams.operators import BUILTINS
from neutrino_lab.runtime.streams.sources import table

_SECTION = re.compile(r"^(Why|Example|Fix):\s*", re.MULTILINE)
_FAMILIES = {
    "0": "Reading notebooks",
    "1": "Syntax",
    "2": "Types",
    "3": "Functions",
    "4": "Routes",
    "5": "Schedules",
    "6": "WebSockets",
    "7": "Export",
    "9": "Streams",
}
_INTRODUCTION = """\
# Declarations

A declaration is the first statement of a cell, after blank lines and comments: a string in any
quotes whose first word is `@HTTP`, `@WS` or `@SCHEDULE`, or a block of `#` comment lines with the
same text. Below it, in the same cell, stands the function it declares: the last one at the top
level whose name does not begin with `_`. A cell may hold several declarations, each followed by its
function. The code stays an ordinary cell; the function can be called as before.

```python
\"\"\"
@HTTP
POST /api/linear-regression
body: x:list[float], y:list[float]
\"\"\"
def simple_linear_regression(x: list[float], y: list[float]):
    ...
```

Keys may be written in upper or lower case, and `# a comment` may follow any line.
"""
_FIELDS = """\
## Fields

`body`, `query`, `resp`, `headers` and `message` hold fields. A field is a name, perhaps `?`,
perhaps a type, perhaps a default:

| written | means |
| --- | --- |
| `q` | required; the function's annotation says what it is |
| `q:str` or `q: str` | required, converted to the type |
| `limit:int=10` | 10 where it is left out |
| `tag:str?` or `tag?:str` | may be left out: the function's own default then, or None |

Defaults are Python literals of JSON's types: texts in quotes, numbers, `True`, `False`, `None`,
lists and dicts. Nothing in a declaration is evaluated. Several fields are separated by commas,
stand on indented lines below the key, or form a YAML list, a YAML mapping or one in brackets:

```yaml
body: a:int, b:list[float]

body:
  - a:int
  - b:list[float]

body:
  a: int
  b: list[float]

body: {a: int, b: list[float]}
```
"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the docstring of a rule says: what it finds, why that is bad, an example, the fix."""

    what: str
    why: str
    example: str
    fix: str


def explain(rule: Rule) -> Explanation:
    """Read the docstring of a rule: its first paragraph, and what stands under Why, Example and
    Fix."""
    pieces = _SECTION.split((rule.__doc__ or "").strip())
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    example = sections.get("Example", "")
    return Explanation(
        what=" ".join(pieces[0].split()),
        why=" ".join(sections.get("Why", "").split()),
        example=re.sub(r"^ {4}", "", example, flags=re.MULTILINE).strip(),
        fix=" ".join(sections.get("Fix", "").split()),
    )


def render() -> str:
    """Write the whole page, as it stands in docs/reference.md."""
    parts = [_INTRODUCTION]
    parts += [_kind(kind) for kind in KINDS]
    parts += [_FIELDS, _types(), _paths(), _sources(), _operators(), _settings()]
    parts.append("".join(_diagnostics()))
    return "\n".join(parts)


def _kind(kind: Kind[Any]) -> str:
    rows = "".join(
        f"| `{key.name}` | {_value(key)} | {key.about} | `{key.example}` |\n" for key in kind.keys
    )
    heading = f"## @{kind.word}\n\n{kind.about}\n\n```\n{kind.example}\n```\n\n"
    if kind.verbs:
        verbs = ", ".join(f"`{verb}`" for verb in kind.verbs)
        heading += f"The verb is one of {verbs}; it may follow `@{kind.word}` on the same line.\n\n"
    return f"{heading}| key | value | what it does | example |\n| --- | --- | --- | --- |\n{rows}"


def _value(key: Key) -> str:
    if key.choices:
        return ", ".join(f"`{word}`" for word in key.choices)
    if key.form == "fields":
        return "[fields](#fields)"
    return FORMS[key.form].replace("|", "\\|")


def _types() -> str:
    plain = ", ".join(f"`{name}`" for name in ARITY)
    dotted = ", ".join(f"`{module}`" for module in MODULES)
    return f"""\
## Types

A type is a Python annotation, such as `int`, `list[float]`, `dict[str, Any]`, `str | None` or
`Literal['day', 'week']`. These names need no import: {plain}. They may also be written with their
module in front ({dotted}). Every other type is one that a cell of the notebook imports or
defines, such as a pydantic model.
"""


def _paths() -> str:
    converters = ", ".join(f"`{name}`" for name in CONVERTERS)
    return f"""\
## Paths

A path begins with `/` and is served as it is written. `{{name}}` is a parameter of the function;
`{{name:converter}}` limits what it takes ({converters}; a `path` may hold slashes).
"""


def _sources() -> str:
    rows = "".join(
        f"| {', '.join(f'`{scheme}`' for scheme in row.schemes)} | {row.about} | `{row.example}` "
        f"| {f'`{row.package}`' if row.package else ''} |\n"
        for row in table.ROWS
    )
    return f"""\
## Sources

`{{name}}` in a URI is a parameter of the stream's path, though never the host. `stream:NAME` is
another stream of the project.

| kind | what | example | needs |
| --- | --- | --- | --- |
{rows}"""


def _operators() -> str:
    rows = "".join(
        f"| `{name}` | {each.about} | "
        f"{', '.join(f'`{param}={value}`' for param, value in each.params.items())} |\n"
        for name, each in BUILTINS.items()
    )
    return f"""\
## Built-in operators

| `op` | what it gives | `params` with their defaults |
| --- | --- | --- |
{rows}"""


def _settings() -> str:
    return f"""\
## Settings of a service

`neutrino run`, a build, and a notebook's own port in JupyterLab read these environment variables.
What JupyterLab passes on behind its own login is limited by them, and asks for no key. A variable
that is malformed keeps the service from starting.

{settings.markdown()}
`neutrino key` prints a new key and its hash. The header that carried a key does not reach the
notebook. A web page, which can set no header on a WebSocket, offers the key as a sub-protocol:
`new WebSocket(url, ["neutrino", "neutrino.key." + key])`. `/docs` asks a browser for a password,
which is the key.
"""


# What the layers after this one find; they import this one, so their codes are told here.
_LATER = """
### Building

| code | what |
| --- | --- |
| `NL711` | *error:* a module that the cells import cannot be read, or leads out of the project |
| `NL712` | *error:* such a module is called like a file of the build: `main`, `runtime`, `cells` |
| `NL713` | *error:* such a module is called like one of Python's own |
| `NL714` | *error:* such a module is called like a library that every build runs on: `limits` |
| `NL715` | *error:* such a module is beside a notebook of a folder, where its app does not look |
| `NL716` | *error:* such a module is in a folder on `sys.path` that is outside the project |
| `NL721` | *error:* an import that is neither installed in the kernel nor a module of the project |
| `NL722` | *warning:* an argument of a `pip install` line that a requirements file cannot hold |
| `NL723` | *note:* an import under `try` or `if TYPE_CHECKING` that is not installed is left out |
| `NL724` | *error:* an import of an editable or VCS install, a warning where it is guarded |
| `NL725` | *warning:* an import of what was installed from a file or a URL: its release is named |
| `NL726` | *note:* an import of a build with a label such as `+cu118`, which no index takes |
| `NL727` | *warning:* what a pickle, or a library, imports later is not installed, or not known |
| `NL731` | *warning:* the versions could not be locked (no network, no uv); they are pinned only |
| `NL732` | *warning:* a locked version was withdrawn by its authors |
| `NL733` | *warning:* the kernel's packages contradict each other; they are locked as installed |
| `NL734` | *warning:* a package that others need is an editable or VCS install in the kernel |
| `NL741` | *warning:* a file that a cell opens, or an option names, is not there |
| `NL742` | *warning:* such a file lies outside the project, leads there, or is no ordinary file |
| `NL743` | *warning:* such a file is too large to be taken along unasked |
| `NL744` | *warning:* such a file is private (`.env`, keys, `.git`, notebooks) and never copied |
| `NL745` | *warning:* such a file has the name of a file, or of a module, that the build needs |
| `NL746` | *warning:* which file an `open` or a reader takes is only known when it runs |
| `NL751` | *error:* the folder cannot be written there: it holds what is not ours, or the project |
| `NL752` | *warning:* a cell was left out of the export by choice, and an endpoint may need it |
| `NL753` | *warning:* a cell that is to be left out does not exist |
| `NL761` | *error:* a cell fails when the export is tried in a process of its own |
| `NL762` | *error:* the export does not come up in a process of its own, and no cell says why |
| `NL763` | *warning:* an export is tried in the kernel's environment, as no fresh one can be made |
| `NL771` | *error:* a literal looks like a key; `# neutrino: allow-secret` in its line allows it |
| `NL772` | *warning:* a literal may be a password, or data; the same comment allows it |

### NL8xx: Serving

| code | what |
| --- | --- |
| `NL801` | *error:* a cell raised while the notebook was loaded |
| `NL802` | *error:* a function and its declaration do not fit, as the types turned out |
| `NL803` | *error:* the process ended while a cell ran |
| `NL804` | *error:* a cell did not finish in the time that a start may take |
| `NL805` | *warning:* what a cell had set in a module stays there until a new start |
"""


def _diagnostics() -> Iterator[str]:
    yield "## Diagnostics\n\nThe codes are stable. An error keeps a notebook from being served or "
    yield "built; a warning or a note does not.\n"
    family = ""
    for rule in RULES:
        if rule.CODE[2] != family:
            family = rule.CODE[2]
            yield f"\n### NL{family}xx: {_FAMILIES[family]}\n"
        explanation = explain(rule)
        yield f"\n#### {rule.CODE}: {explanation.what}\n\n*{rule.SEVERITY}*"
        yield f" · **Why:** {explanation.why}\n" if explanation.why else "\n"
        if explanation.example:
            yield f"\n```python\n{explanation.example}\n```\n"
        yield f"\n**Fix:** {explanation.fix}\n"
    yield _LATER


if __name__ == "__main__":
    sys.stdout.write(render())
