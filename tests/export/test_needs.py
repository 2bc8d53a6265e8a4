"""What an export needs besides what its cells import by name: modules of one's own, wherever they
are, and what is imported without a statement."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import joblib
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from neutrino_lab.export import pickles
from neutrino_lab.export.hidden import NEEDS, Hidden, of_code
from neutrino_lab.export.planned import Plan
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import quote

Content: TypeAlias = str | bytes | Sequence[str]
PlanOf: TypeAlias = Callable[[Mapping[str, Content]], Plan]
ENDPOINT = '"""\n@HTTP\nGET /a\n"""\ndef a():\n    return 1'


def own(plan: Plan) -> list[str]:
    """The user's files of a plan, data and modules."""
    ours = {"cells", "runtime", "main.py", "README.md", "Dockerfile", "compose.yaml"}
    listed = [str(each.path) for each in plan.files if each.path.parts[0] not in ours]
    return [each for each in listed if not each.startswith((".", "requirements"))]


def cell_lines(plan: Plan) -> list[str]:
    return [each.line for each in plan.requirements if each.origin != "app"]


def told(plan: Plan) -> list[tuple[str, str, int]]:
    return [(each.code, each.severity, each.cell) for each in plan.diagnostics]


@pytest.mark.parametrize(
    "code",
    [
        "sys.path.append('src')",
        "sys.path.insert(0, './src/')",
        "sys.path.insert(0, os.path.abspath('src'))",
        "sys.path.append(str(Path('src').resolve()))",
        "SRC = Path.cwd() / 'src'\nsys.path.append(str(SRC))",
        "sys.path.append(os.path.join(os.getcwd(), 'src'))",
        "sys.path += ['src']",
        "sys.path.extend(['other', 'src'])",
        "sys.path = ['src', *sys.path]",
        "sys.path = ['src'] + sys.path",
        "sys.path[:0] = ['src']",
        "for each in ['other', 'src']:\n    sys.path.append(each)",
        "from sys import path\npath.append('src')",
        "import site\nsite.addsitedir('src')",
    ],
)
def test_modules_in_folders_on_sys_path_go_along(plan_of: PlanOf, code: str) -> None:
    header = "import os, sys\nfrom pathlib import Path\n"
    plan = plan_of(
        {
            "n.ipynb": [header + code, "from mytools import answer\nimport deep.er", ENDPOINT],
            "src/mytools.py": "import beside\nimport yaml",
            "src/beside.py": "",
            "src/deep/__init__.py": "from . import er\nfrom .more import x",
            "src/deep/er.py": "",
            "src/deep/more.py": "x = 1",
            "src/unused.py": "",
        }
    )
    assert told(plan) == []
    assert own(plan) == [
        *("src/beside.py", "src/deep/__init__.py", "src/deep/er.py", "src/deep/more.py"),
        "src/mytools.py",
    ]
    assert cell_lines(plan) == ["PyYAML==6.0"]


def test_a_module_outside_the_project_is_never_asked_of_an_index(
    plan_of: PlanOf, tmp_path: Path
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/mytools.py").write_text("")
    plan = plan_of({"n.ipynb": ["import sys\nsys.path.append('../lib')\nimport mytools", ENDPOINT]})
    assert told(plan) == [("NL716", "error", 1)]
    assert (plan.files, cell_lines(plan)) == ((), [])


def test_a_module_that_a_cell_writes_is_local(plan_of: PlanOf) -> None:
    cells = ["%%writefile helper.py\nvalue = 1", "import helper", ENDPOINT]
    plan = plan_of({"n.ipynb": cells, "helper.py": "value = 1"})
    assert (told(plan), own(plan)) == ([], ["helper.py"])


def test_a_module_that_a_cell_has_yet_to_write_is_an_error(plan_of: PlanOf) -> None:
    plan = plan_of({"n.ipynb": ["%%writefile helper.py\nvalue = 1", "import helper", ENDPOINT]})
    (found,) = plan.diagnostics
    assert (found.code, found.severity, found.cell) == ("NL721", "error", 2)
    assert found.hint.startswith("cell 1 writes it, which a service does not run")


def test_a_script_that_code_names_brings_what_it_imports(plan_of: PlanOf) -> None:
    cells = ["import runpy\nnames = runpy.run_path('tools/job.py')", ENDPOINT]
    plan = plan_of({"n.ipynb": cells, "tools/job.py": "import side, yaml", "side.py": ""})
    assert (told(plan), own(plan)) == ([], ["side.py", "tools/job.py"])
    assert cell_lines(plan) == ["PyYAML==6.0"]


@pytest.mark.parametrize("name", ["helper.py", "pkg", "pkg/inner.py", "pkg/__init__.py"])
def test_a_link_out_of_the_project_is_never_copied(
    plan_of: PlanOf, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for each in ("__init__.py", "inner.py"):
        (outside / each).write_text("SECRET = 1")
    link = tmp_path / "project" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if name == "pkg" else outside / "inner.py")
    if name == "pkg/inner.py":
        (link.parent / "__init__.py").write_text("")
    plan = plan_of({"n.ipynb": [f"import {name.partition('/')[0].partition('.')[0]}", ENDPOINT]})
    assert {each[:2] for each in told(plan)} == {("NL711", "error")}
    assert not any(b"SECRET" in each.content for each in plan.files)


def test_a_link_within_the_project_is_followed(plan_of: PlanOf, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/helper.py").symlink_to("real.py")
    plan = plan_of({"n.ipynb": ["import helper", ENDPOINT], "real.py": "x = 1"})
    assert (told(plan), own(plan)) == ([], ["helper.py"])


def hidden(code: str, *used: str) -> list[tuple[str, ...]]:
    return [each.modules for each in of_code(code, frozenset(used))]


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("df.plot()", "matplotlib"),
        ("df.plot.bar(x='a')", "matplotlib"),
        ("df.hist(column='a')", "matplotlib"),
        ("pd.read_parquet('x')", "pyarrow"),
        ("df.to_parquet('x')", "pyarrow"),
        ("df.to_parquet('x', engine='fastparquet')", "fastparquet"),
        ("pd.read_excel('x.xlsx')", "openpyxl"),
        ("pd.read_excel('x.xls')", "xlrd"),
        ("pd.read_excel('x.ods')", "odf"),
        ("pd.read_excel('x', engine='calamine')", "python_calamine"),
        ("pd.ExcelWriter('x')", "openpyxl"),
        ("pd.read_html('x')", "lxml"),
        ("df.to_markdown()", "tabulate"),
        ("df.style.format('x')", "jinja2"),
        ("pd.read_csv('x', dtype_backend='pyarrow')", "pyarrow"),
        ("pd.read_csv('s3://bucket/x.csv')", "s3fs"),
    ],
)
def test_what_pandas_imports_later_is_found(code: str, modules: str) -> None:
    assert {each[0] for each in hidden(code, "pandas")} == {modules}
    assert hidden(code) == []


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("importlib.import_module('yaml')", "yaml"),
        ("import_module('yaml.reader')", "yaml.reader"),
        ("__import__('yaml')", "yaml"),
        ("NAME = 'yaml'\nimportlib.import_module(NAME)", "yaml"),
        ("for name in ['yaml']:\n    importlib.import_module(name)", "yaml"),
    ],
)
def test_a_module_that_is_imported_by_its_name_is_found(code: str, module: str) -> None:
    assert hidden(code) == [(module,)]


def test_a_name_that_is_only_known_later_is_told() -> None:
    assert [*of_code("import_module(plugin)", frozenset())] == [
        Hidden((), quote("`import_module`"), Span(1, 0, 1, 21))
    ]


@pytest.mark.parametrize(
    ("code", "used", "module"),
    [
        ("create_engine('postgresql://u@h/d')", "sqlalchemy", "psycopg2"),
        ("create_async_engine('postgresql+asyncpg://u@h/d')", "sqlalchemy", "asyncpg"),
        ("BeautifulSoup(page, 'lxml')", "bs4", "lxml"),
        ("spacy.load('en_core_web_sm')", "spacy", "en_core_web_sm"),
        ("from pydantic import BaseModel, EmailStr", "pydantic", "email_validator"),
        ("nx.draw(graph)", "networkx", "matplotlib"),
        ("frame.to_pandas()", "polars", "pyarrow"),
    ],
)
def test_what_other_libraries_import_later_is_found(code: str, used: str, module: str) -> None:
    assert [each[0] for each in hidden(code, used)] == [module]


def test_a_module_that_is_only_known_later_keeps_no_export_from_being_planned(
    plan_of: PlanOf,
) -> None:
    cell = "import importlib\ndef load(name):\n    return importlib.import_module(name)"
    plan = plan_of({"n.ipynb": [cell, ENDPOINT]})
    assert told(plan) == [("NL727", "warning", 1)]


def test_hidden_needs_are_locked_or_told_with_their_cell(plan_of: PlanOf) -> None:
    cells = [
        "import pandas as pd",
        "import importlib\nyaml = importlib.import_module('yaml')",
        "df = pd.DataFrame()\ndf.plot()",
        ENDPOINT,
    ]
    plan = plan_of({"n.ipynb": ["%pip install pandas", *cells]})
    assert cell_lines(plan) == ["pandas", "PyYAML==6.0"]
    assert told(plan) == [("NL727", "warning", 4)]
    assert "imports `matplotlib`" in plan.diagnostics[0].message


def test_every_library_of_the_table_names_modules() -> None:
    listed = [m for needs in NEEDS.values() for modules in needs.values() for m in modules]
    assert all(each.replace(".", "_").isidentifier() for each in listed)


MODEL = StandardScaler().fit(np.arange(6.0).reshape(3, 2))


def packed(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_names_its_modules(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({"model": MODEL}, protocol))
    found = {each.partition(".")[0] for each in pickles.modules(tmp_path / "m.pkl", lambda _: True)}
    assert {"sklearn", "numpy"} <= found


@pytest.mark.parametrize(
    "pack",
    [
        *(gzip.compress, bz2.compress, lzma.compress, zlib.compress),
        lambda content: packed("archive/data.pkl", content),
    ],
)
def test_a_packed_pickle_is_unpacked(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "m.joblib").write_bytes(pack(pickle.dumps(MODEL)))
    found = pickles.modules(tmp_path / "m.joblib", lambda _: False)
    assert "sklearn.preprocessing._data" in found


@pytest.mark.parametrize("compress", [0, 3])
def test_a_model_of_joblib_names_its_modules(tmp_path: Path, compress: int) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump({"big": np.arange(1000.0), "model": MODEL}, path, compress=compress)
    found = pickles.modules(path, lambda module: module.partition(".")[0] == "sklearn")
    assert "sklearn.preprocessing._data" in found


class Harmful:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {os.environ['MARK']}",)


def test_a_pickle_is_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK", str(tmp_path / "ran"))
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Harmful()))
    assert pickles.modules(tmp_path / "m.pkl", lambda _: False) == {os.system.__module__}
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"a,b\n1,2\n", b"\x80", b"\x80\x04", b"\x80\x05\x8c\xff", b"\x1f\x8bno gzip", b"x"),
        *(b"PK\x03\x04 no zip", b"\x93NUMPY", b"\x80\x04" + b"0" * 1000, b"\x80\x02c\n\n."),
        *(b"\x80\x04\x8c\x02os\x94", b"\x80\x04h\x05\x93.", b"(lp0\n" * 100, b"\xff" * 1000),
    ],
)
def test_any_file_may_pretend_to_be_a_pickle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.pkl").write_bytes(content)
    pickles.modules(tmp_path / "m.pkl", lambda _: False)


def test_a_small_file_that_unpacks_to_no_end_is_looked_at_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "bomb.pkl").write_bytes(gzip.compress(b"\x80\x04" + b"0" * 200_000_000))
    started = time.process_time()
    assert pickles.modules(tmp_path / "bomb.pkl", lambda _: True) == frozenset()
    assert time.process_time() - started < 60


def test_a_pickle_that_goes_along_says_what_it_needs(plan_of: PlanOf) -> None:
    plan = plan_of(
        {
            "n.ipynb": ["import pickle\nmodel = pickle.load(open('model.pkl', 'rb'))", ENDPOINT],
            "model.pkl": b"csklearn.preprocessing\nStandardScaler\n.",
        }
    )
    assert (told(plan), cell_lines(plan)) == ([], ["scikit-learn==1.9.1"])


def test_a_pickle_of_what_is_not_installed_is_told(plan_of: PlanOf) -> None:
    plan = plan_of(
        {
            "n.ipynb": ["import pickle\nmodel = pickle.load(open('model.pkl', 'rb'))", ENDPOINT],
            "model.pkl": b"cgone_library\nThing\n.",
        }
    )
    assert told(plan) == [("NL727", "warning", 0)]


def test_a_pickle_of_a_local_class_brings_its_module(plan_of: PlanOf) -> None:
    plan = plan_of(
        {
            "n.ipynb": ["import joblib\nmodel = joblib.load('m.joblib')", ENDPOINT],
            "m.joblib": b"\x80\x02cshop.models\nModel\n.",
            "shop/__init__.py": "",
            "shop/models.py": "import yaml",
        }
    )
    # joblib is no part of this environment.
    assert {each[0] for each in told(plan)} == {"NL721"}
    assert cell_lines(plan) == ["PyYAML==6.0"]
