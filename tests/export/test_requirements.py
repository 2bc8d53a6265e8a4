"""requirements.txt: pip lines win, then what is installed here, and what is neither is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pytest

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.imports import Use
from neutrino_lab.export.installed import Distribution, Installed, Origin
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.requirements import DISTRIBUTIONS, RUNTIME, gather
from neutrino_lab.notebook.model import Cell, Magic, Notebook, Span
from neutrino_lab.notebook.wording import quote

APP = """\
# What the app runs on
apscheduler==3.11.3
cronsim==2.8
fastapi==0.165.0
limits==5.8.0
orjson==3.13.0
tzdata==2026.1
uvicorn[standard]==0.54.0
"""


def use(module: str, *names: str, guarded: bool = False) -> Use:
    return Use(
        module, names, guarded, CodeLocation("a.ipynb", 1, "c1", "import it"), Span(1, 0, 1, 9)
    )


Gather: TypeAlias = Callable[..., tuple[str, tuple[Diagnostic, ...]]]
Lines: TypeAlias = Callable[..., list[str]]


@pytest.fixture
def requirements(environment: Installed) -> Gather:
    """Gather for these imports, and a cell with these install lines."""

    def of(*uses: Use, pip: str = "") -> tuple[str, tuple[Diagnostic, ...]]:
        kinds = {"!": "shell", "%": "line"}
        magics = (Magic(kinds[pip[0]], 1, pip),) if pip else ()  # type: ignore[arg-type]
        cell = Cell("c2", 2, pip, "pass", magics)
        found = gather(uses, [Notebook(PurePosixPath("a.ipynb"), "a", (cell,))], environment)
        return found.text, found.diagnostics

    return of


@pytest.fixture
def lines(requirements: Gather) -> Lines:
    """What the cells add, where nothing is to be said about it."""

    def of(*uses: Use, pip: str = "") -> list[str]:
        text, diagnostics = requirements(*uses, pip=pip)
        assert diagnostics == ()
        own, _, cells = text.partition("\n# What the cells import\n")
        assert own.rstrip("\n") + "\n" == APP
        return cells.splitlines()

    return of


def test_an_app_without_imports_needs_what_the_runtime_needs(requirements: Gather) -> None:
    assert requirements() == (APP, ())


@pytest.mark.parametrize("word", ["Form", "File", "UploadFile"])
def test_forms_need_what_reads_them(requirements: Gather, word: str) -> None:
    text, diagnostics = requirements(use("fastapi", "Request", word))
    assert (text, diagnostics) == (APP.replace("tzdata", "python-multipart\ntzdata"), ())


def test_installed_imports_are_pinned_in_a_stable_order(lines: Lines) -> None:
    assert lines(use("yaml"), use("sklearn.svm"), use("numpy"), use("numpy.linalg")) == [
        "numpy==2.4.6",
        "PyYAML==6.0",
        "scikit-learn==1.9.1",
    ]


def test_what_the_app_needs_is_not_said_twice(lines: Lines) -> None:
    assert lines(use("fastapi"), use("uvicorn")) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("cv2", "opencv-python-headless"),
        ("PIL.Image", "pillow"),
        ("my_tool.x", "my-tool"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("google.cloud.storage.Client", "google-cloud-storage"),
        ("google.protobuf.message", "protobuf"),
        ("azure.identity", "azure-identity"),
    ],
)
def test_what_is_not_installed_is_never_asked_of_an_index(
    requirements: Gather, module: str, line: str
) -> None:
    text, diagnostics = requirements(use(module), use(module))
    assert text == APP
    assert diagnostics == (
        Diagnostic(
            code="NL721",
            severity="error",
            message=quote(
                f"`{module}` is neither installed in the kernel nor a module of the project"
            ),
            hint=quote(
                "if it is a package, install it in the kernel or write "
                f"`%pip install {line}` in a cell, with the name that you mean; "
                "if it is your own, put it into the project"
            ),
            notebook="a.ipynb",
            cell=1,
            cell_id="c1",
            span=Span(1, 0, 1, 9),
            source="import it",
        ),
    )


def test_a_guarded_import_counts_only_where_it_is_installed(requirements: Gather) -> None:
    text, (left_out,) = requirements(use("numpy", guarded=True), use("cupy", guarded=True))
    assert text == f"{APP}\n# What the cells import\nnumpy==2.4.6\n"
    assert (left_out.code, left_out.severity, left_out.cell) == ("NL723", "note", 1)


def test_a_missing_module_is_an_error_if_one_of_its_imports_is_not_guarded(
    requirements: Gather,
) -> None:
    text, (guess,) = requirements(use("cupy", guarded=True), use("cupy"))
    assert text == APP
    assert (guess.code, guess.severity) == ("NL721", "error")


@pytest.mark.parametrize(
    ("origin", "guarded", "finding", "line"),
    [
        ("editable", False, ("NL724", "error"), None),
        ("vcs", False, ("NL724", "error"), None),
        ("vcs", True, ("NL724", "warning"), None),
        ("file", False, ("NL725", "warning"), "mine==1.2"),
        ("url", False, ("NL725", "warning"), "mine==1.2"),
        ("index", False, ("NL726", "note"), "mine==1.2"),
    ],
)
def test_what_was_not_installed_from_an_index_is_named(
    environment: Installed,
    origin: Origin,
    guarded: bool,
    finding: tuple[str, str],
    line: str | None,
) -> None:
    mine = Distribution("mine", "1.2+local", origin)
    installed = Installed({**environment.by_name, "mine": mine}, {"mine": frozenset({"mine"})})
    found = gather([use("mine.deep", guarded=guarded), use("mine")][: 2 - guarded], [], installed)
    assert [(d.code, d.severity) for d in found.diagnostics] == [finding]
    assert [each.line for each in found.lines if each.origin == "import"] == (
        [line] if line else []
    )


def test_a_pip_line_replaces_what_cannot_be_exported(environment: Installed) -> None:
    mine = Distribution("mine", "1.2", "editable")
    installed = Installed({**environment.by_name, "mine": mine}, {"mine": frozenset({"mine"})})
    cell = Cell("c2", 2, "", "pass", (Magic("line", 1, "%pip install mine==1.1"),))
    found = gather([use("mine")], [Notebook(PurePosixPath("a.ipynb"), "a", (cell,))], installed)
    assert found.diagnostics == ()
    (named,) = [each for each in found.lines if each.name == "mine"]
    assert (named.line, named.origin, [p.cell for p in named.places]) == (
        "mine==1.1",
        "pip",
        [2, 1],
    )


@pytest.mark.parametrize(
    ("pip", "expected"),
    [
        ("%pip install numpy==1.26.4", ["numpy==1.26.4"]),
        ("%pip install -q -U numpy", ["numpy==2.4.6"]),
        ("!pip install numpy>=2,<3", ["numpy>=2,<3"]),
        ("!pip install 'numpy >= 2'", ["numpy >= 2"]),
        ("!pip3 install numpy~=2.0 > /dev/null 2>&1", ["numpy~=2.0"]),
        ("!python -m pip install numpy==2.0", ["numpy==2.0"]),
        ("!{sys.executable} -m pip install numpy==2.0", ["numpy==2.0"]),
        ("!uv pip install --python 3.12 numpy==2.0", ["numpy==2.0"]),
        ("%uv pip install numpy==2.0", ["numpy==2.0"]),
        ("!apt-get update; pip install numpy==2.0 && echo done", ["numpy==2.0"]),
        ("%pip install numpy==2.0  # the last good one", ["numpy==2.0"]),
        (
            "%pip install numpy==2.0 \"tomli>=2; python_version < '3.11'\"",
            ["numpy==2.0", "tomli>=2; python_version < '3.11'"],
        ),
        ("%pip install NumPy==2.0 numpy", ["NumPy==2.0"]),
        ("!pip install -q \\\n    numpy==2.0 \\\n    PyYAML", ["numpy==2.0", "PyYAML==6.0"]),
        ("%pip uninstall scipy", ["numpy==2.4.6"]),
        ("!echo pip install scipy", ["numpy==2.4.6"]),
        ("!pip --version", ["numpy==2.4.6"]),
        ("%pip install", ["numpy==2.4.6"]),
        ("%pip install 'numpy==2.0", ["numpy==2.4.6"]),
    ],
)
def test_pip_lines_win(requirements: Gather, pip: str, expected: list[str]) -> None:
    text, diagnostics = requirements(use("numpy"), pip=pip)
    assert text.partition("# What the cells import\n")[2].splitlines() == expected
    assert [d.code for d in diagnostics] == (["NL722"] if pip.count("'") % 2 else [])


def test_extras_are_kept_with_the_installed_version(lines: Lines) -> None:
    assert lines(pip="%pip install 'PyYAML[fast]'") == ["PyYAML[fast]==6.0"]


def test_a_pip_line_may_pin_the_app_but_not_strip_it(requirements: Gather) -> None:
    text, _ = requirements(pip="%pip install uvicorn==0.30.0 fastapi>=0.110")
    assert text.splitlines()[4:] == [
        "limits==5.8.0",
        "orjson==3.13.0",
        "tzdata==2026.1",
        "uvicorn[standard]==0.30.0",
    ]


@pytest.mark.parametrize(
    ("module", "pip"),
    [
        ("cv2", "opencv-python==4.9"),
        ("discord", "discord.py==2.3"),
        ("slack", "python-slack"),
        ("serial", "pyserial"),
    ],
)
def test_a_pip_line_for_the_module_saves_the_guess(lines: Lines, module: str, pip: str) -> None:
    assert lines(use(module), pip=f"%pip install {pip}") == [pip]


@pytest.mark.parametrize(
    ("pip", "lost"),
    [
        ("%pip install -r requirements-dev.txt", "-r requirements-dev.txt"),
        ("%pip install -e .", "-e ."),
        ("%pip install git+https://example.org/x.git@main#egg=x", None),
        ("%pip install ./wheels/x-1.0-py3-none-any.whl", "./wheels/x-1.0-py3-none-any.whl"),
        ("!pip install --index-url=https://example.org/simple", None),
    ],
)
def test_what_cannot_be_exported_is_said(requirements: Gather, pip: str, lost: str | None) -> None:
    text, (diagnostic,) = requirements(pip=pip)
    assert text == APP
    lost = lost or pip.rpartition(" ")[2]
    assert (diagnostic.code, diagnostic.severity, diagnostic.cell) == ("NL722", "warning", 2)
    assert diagnostic.message == f"`{lost}` of this install line is not carried into the export"
    assert diagnostic.span == Span(1, 0, 1, len(pip))


@pytest.mark.parametrize(
    "hostile",
    [
        "%pip install 'x\"; RUN id'",
        "%pip install 'x; RUN id'",
        "%pip install 'x; $(id) == \"1\"'",
        "%pip install 'x --index-url=http://example.org'",
        "%pip install '-x\ny'",
        "%pip install $(id) `id` {evil}",
        "%pip install 'x==1 @ file:///etc/passwd'",
    ],
)
def test_a_hostile_line_adds_nothing(requirements: Gather, hostile: str) -> None:
    text, _ = requirements(pip=hostile.replace("\n", " "))
    assert text == APP


def test_the_runtime_list_is_part_of_what_this_package_depends_on() -> None:
    declared = Path(__file__).parents[2] / "pyproject.toml"
    text = declared.read_text(encoding="utf-8").partition("\ndependencies = [")[2]
    for requirement in RUNTIME:
        assert f'"{requirement}>' in text


def test_the_table_holds_only_names_that_differ() -> None:
    for module, names in DISTRIBUTIONS.items():
        assert module.replace("_", "-") != names[0], module
