"""Files that cells open go along; what cannot or must not go is named with its cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import httpx
import pytest

from neutrino_lab.export.files import Files, gather, is_private
from neutrino_lab.export.planned import Plan
from neutrino_lab.export.writer import write
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from tests.export.test_built import served

Gather: TypeAlias = Callable[..., Files]
MakeProject: TypeAlias = Callable[[Mapping[str, str | bytes | Sequence[str]]], Path]
PlanOf: TypeAlias = Callable[[Mapping[str, str | bytes | Sequence[str]]], Plan]


@pytest.fixture
def gathering(project: MakeProject) -> Gather:
    """Gather for a notebook of these cells among these files."""

    def of(
        *cells: str,
        files: Mapping[str, str | bytes],
        named: Sequence[str] = (),
        modules: Sequence[str] = (),
        limit_bytes: int = 100,
        notebook: str = "a.ipynb",
    ) -> Files:
        root = project({notebook: list(cells), **files})
        sources = find(root).sources
        notebooks = [read(s.path, s.relative, s.module) for s in sources]
        return gather(
            [each for each in notebooks if isinstance(each, Notebook)],
            [PurePosixPath(each) for each in modules],
            root,
            named,
            limit_bytes=limit_bytes,
            reserved=frozenset({"fastapi"}),
        )

    return of


def paths(found: Files) -> list[str]:
    assert found.diagnostics == ()
    return [str(path) for path in found.paths]


def told(found: Files) -> list[tuple[str, str, int]]:
    assert found.paths == ()
    return [(d.code, d.severity, d.cell) for d in found.diagnostics]


def test_files_that_are_there_go_along(gathering: Gather) -> None:
    found = gathering(
        "D = Path('data')\nmodel = joblib.load('model.pkl')",
        "rows = pd.read_csv(D / 'rows.csv')\nTemplates('templates')\nx.groupby('data')",
        files={
            "model.pkl": b"\x80",
            "data/rows.csv": "1",
            "data/other.csv": "2",
            "templates/a.html": "",
            "templates/parts/b.html": "",
            "templates/__pycache__/x.pyc": "",
            "unused.txt": "",
        },
    )
    assert paths(found) == [
        *("data/rows.csv", "model.pkl", "templates/a.html", "templates/parts/b.html"),
    ]


def test_local_modules_are_looked_at_too(gathering: Gather) -> None:
    found = gathering(
        files={
            "tools/io.py": "from pathlib import Path\nHERE = Path(__file__).parent\n"
            "text = (HERE / 'words.txt').read_text()\nmore = open('top.txt')",
            "tools/words.txt": "",
            "top.txt": "",
        },
        modules=["tools/io.py"],
    )
    assert paths(found) == ["tools/words.txt", "top.txt"]


def test_a_file_that_is_not_there_is_named_with_its_cell(gathering: Gather) -> None:
    found = gathering("x = 1", "open('gone.csv')\nopen('gone.csv')", files={})
    (missing,) = found.diagnostics
    assert (missing.code, missing.severity, missing.cell) == ("NL741", "warning", 2)
    assert missing.message == "there is no file `gone.csv`"
    assert missing.span is not None
    assert (missing.span.line, missing.span.column) == (1, 5)


@pytest.mark.parametrize(
    "code",
    [
        "df.to_csv('made.csv')\npd.read_csv('made.csv')",
        "pd.read_sql('select.x')",
        "load_dataset('org/name.v')",
        "open('https://example.org/x.csv')",
        "load('en_core_web_sm')",
        "read('a text. With words')",
        "Model('gone.csv')",
    ],
)
def test_what_may_be_no_file_is_not_missed(gathering: Gather, code: str) -> None:
    assert told(gathering(code, files={})) == []


def test_paths_start_at_the_projects_folder(gathering: Gather) -> None:
    found = gathering(
        "open('x.csv')", files={"reports/x.csv": "", "b.ipynb": ""}, notebook="reports/a.ipynb"
    )
    assert told(found) == [("NL741", "warning", 1)]
    assert "`reports/x.csv`" in found.diagnostics[0].hint


def test_files_outside_are_named(gathering: Gather, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("")
    inside = tmp_path / "project/in.csv"
    found = gathering(
        f"open('../secret.csv')\nopen('{tmp_path / 'secret.csv'}')\nopen('{inside}')\n"
        "open('~/x.csv')",
        files={"in.csv": ""},
    )
    assert told(found) == [("NL742", "warning", 1)] * 4


def test_links_out_of_the_project_are_refused(gathering: Gather, tmp_path: Path) -> None:
    (tmp_path / "project/data").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x.csv").write_text("")
    (tmp_path / "project/x.csv").symlink_to(tmp_path / "elsewhere/x.csv")
    (tmp_path / "project/folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "project/data/deep").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "project/loop.csv").symlink_to("loop.csv")
    found = gathering(
        "open('x.csv')", files={"y.csv": ""}, named=["folder", "data", "folder/x.csv", "loop.csv"]
    )
    assert {d.code for d in found.diagnostics} == {"NL742"}
    assert found.paths == ()


def test_links_within_the_project_are_followed(gathering: Gather, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/link.csv").symlink_to("real.csv")
    assert paths(gathering("open('link.csv')", files={"real.csv": "1"})) == ["link.csv"]


def test_large_files_are_taken_only_when_they_are_named(gathering: Gather) -> None:
    large = {"large.bin": b"x" * 101}
    assert told(gathering("open('large.bin')", files=large)) == [("NL743", "warning", 1)]
    assert paths(gathering("x = 1", files=large, named=["large.bin"])) == ["large.bin"]


def test_options_name_files_folders_and_patterns(gathering: Gather) -> None:
    files = {"a/x.csv": "", "a/b/y.csv": "", "c.txt": "", "build/.neutrino-build": "", "v.txt": ""}
    files |= {"build/z.csv": "", "env/pyvenv.cfg": "", "env/w.csv": ""}
    assert paths(gathering(files=files, named=["a/", "c.txt"])) == ["a/b/y.csv", "a/x.csv", "c.txt"]
    assert paths(gathering(files=files, named=["**/*.csv"])) == ["a/b/y.csv", "a/x.csv"]
    missing = gathering(files=files, named=["nothing/*.csv"])
    assert told(missing) == [("NL741", "warning", 0)]


PRIVATE = {
    ".env": "",
    ".env.local": "",
    "conf/server.pem": "",
    "conf/tls.key": "",
    "id_rsa": "",
    "credentials.json": "",
    "my-service-account-1.json": "",
    "old.ipynb": "{}",
    ".git/config": "",
    ".ssh/config": "",
    "data/.ipynb_checkpoints/x.csv": "",
    "harmless.txt": "-----BEGIN PRIVATE KEY-----\nMII",
    "robot.json": '{"type": "service_account"}',
    **dict.fromkeys(
        (
            *("keys.json", "local_settings.json", "token.json", "prod.env", ".bash_history"),
            *("application_default_credentials.json", "terraform.tfstate", "secret.yaml"),
        ),
        "",
    ),
    "late.txt": "x" * 20_000 + "\n-----BEGIN RSA PRIVATE KEY-----\nMII",
    "config.yaml": "github: ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5\n",
    "settings.ini": "url = postgresql://ada:s3kr1t@db/x",
}


def test_private_files_are_never_copied_however_they_are_named(gathering: Gather) -> None:
    for named in ([*PRIVATE], ["**/*", ".env*", ".git"], ["."]):
        found = gathering(files=PRIVATE, named=named)
        assert found.paths == (), named
        assert {d.code for d in found.diagnostics} == {"NL744"}, named
    opening = "\n".join(f"open('{name}')" for name in PRIVATE)
    assert {code for code, _, _ in told(gathering(opening, files=PRIVATE))} == {"NL744"}


@pytest.mark.parametrize(
    "name", ["environment.csv", "env.csv", "keys.csv", ".env.example", "git/x", "history.txt"]
)
def test_names_that_are_only_alike_are_no_secrets(name: str) -> None:
    assert not is_private(PurePosixPath(name))


def test_files_of_the_build_are_not_overwritten(gathering: Gather) -> None:
    names = ["README.md", "requirements.txt", "runtime/x.txt", "cells/x.txt"]
    found = gathering("open('README.md')", files=dict.fromkeys(names, ""), named=names)
    assert {d.code for d in found.diagnostics} == {"NL745"}
    assert found.paths == ()


def test_files_that_python_would_import_for_others_stay_out(gathering: Gather) -> None:
    clashing = ["fastapi.py", "fastapi/__init__.py", "fastapi/x.csv", "types.py", "json.abi3.so"]
    kept = ["fastapi.csv", "json.json", "typing/x.csv"]
    found = gathering(files=dict.fromkeys([*clashing, *kept], ""), named=[*clashing, *kept])
    assert {d.code for d in found.diagnostics} == {"NL745"}
    assert len(found.diagnostics) == len(clashing)
    assert list(map(str, found.paths)) == kept


@pytest.mark.parametrize("path", ["k8s/limits.csv", "serve.yaml"])
def test_files_with_names_of_what_could_run_a_cluster_reach_the_image(
    plan_of: PlanOf, path: str
) -> None:
    cell = f'"""\n@HTTP\nGET /x\n"""\ndef x():\n    return open("{path}").read()'
    plan = plan_of({path: "", "app.ipynb": [cell]})
    (ignored,) = (each.content for each in plan.files if each.path.name == ".dockerignore")
    assert f"!{path.partition('/')[0]}\n" in ignored.decode()


OPENING = {
    "data/greeting.txt": "hello from a file",
    "app.ipynb": [
        "from pathlib import Path\nDATA = Path('data')\nearly = open('data/greeting.txt').read()",
        '"""\n@HTTP\nGET /both\n"""\ndef both():\n'
        "    return [early, (DATA / 'greeting.txt').read_text()]",
    ],
}


def test_paths_keep_working_in_the_exported_app(plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(OPENING)
    write(plan, tmp_path / "build")
    (tmp_path / "project").rename(tmp_path / "gone")
    readme = (tmp_path / "build/README.md").read_text()
    assert "| `data/` | files of yours that the cells read |" in readme
    assert "!data\n" in (tmp_path / "build/.dockerignore").read_text()
    with served(tmp_path / "build") as (address, _):
        answer = httpx.get(f"http://{address}/both", trust_env=False)
    assert answer.json() == ["hello from a file"] * 2


@pytest.mark.parametrize(
    "code",
    [
        "class Config:\n    path = 'data/a.csv'\nopen(Config.path)",
        "class Config:\n    def __init__(self):\n        self.path = 'data/a.csv'\n"
        "config = Config()\nopen(config.path)",
        "@dataclass\nclass Config:\n    path: str = 'data/a.csv'\nopen(Config().path)",
        "PATH = os.environ.get('DATA', 'data/a.csv')\nopen(PATH)",
        "open(os.getenv('DATA', 'data/a.csv'))",
        "open(os.getenv('DATA') or 'data/a.csv')",
        "for name in ['data/a.csv', 'data/gone.csv']:\n    open(name)",
        "for name in ('a', 'gone'):\n    open(f'data/{name}.csv')",
        "tables = [pd.read_csv(f'data/{n}.csv') for n in 'a b'.split()]",
        "FILES = {'a': 'data/a.csv'}\nopen(FILES['a'])",
        "FILES = {'a': 'data/a.csv'}\nfor key, path in FILES.items():\n    open(path)",
        "for path in glob.glob('data/*.csv'):\n    open(path)",
        "def load(path='data/a.csv'):\n    return open(path)",
        "def load(name):\n    return open(f'data/{name}.csv')",
        "def load(name):\n    return open('data/%s.csv' % name)",
        "def load(name):\n    return open('data/{}.csv'.format(name))",
        "def load(name):\n    return open(os.path.join('data', name + '.csv'))",
        "def load(name):\n    return (Path('data') / f'{name}.csv').read_text()",
        "if debug:\n    path = 'data/a.csv'\nelse:\n    path = 'data/b.csv'\nopen(path)",
        "path, other = 'data/a.csv', 1\nopen(path)",
        "with open(path := 'data/a.csv') as file:\n    pass",
        "try:\n    here = Path(__file__).parent\nexcept NameError:\n    here = Path.cwd()\n"
        "open(here / 'data' / 'a.csv')",
        "try:\n    path = Path(__file__).resolve().parents[1] / 'data/a.csv'\n"
        "except NameError:\n    path = Path.cwd() / 'data/a.csv'\nopen(path)",
        "def here():\n    try:\n        return Path(__file__).parent\n    except NameError:\n"
        "        return Path.cwd()\nopen(here() / 'data' / 'a.csv')",
        "def data_path():\n    return os.path.join(os.curdir, 'data', 'a.csv')\nopen(data_path())",
        "open(os.path.join(sys.path[0], 'data', 'a.csv'))",
    ],
)
def test_paths_behind_names_are_followed(gathering: Gather, code: str) -> None:
    found = gathering(code, files={"data/a.csv": "1", "other/b.csv": "2"})
    assert [str(path) for path in found.paths] == ["data/a.csv"]
    assert not any(each.code == "NL746" for each in found.diagnostics)


@pytest.mark.parametrize(
    "code",
    [
        "open(f'{find_name()}.csv')",
        "path = find_path()\nopen(path)",
        "with open('x.yaml') as file:\n    config = yaml.safe_load(file)\nopen(config['path'])",
        "pd.read_csv(root + '/x.csv')",
        "def load(name):\n    return open(f'gone/{name}.csv')",
        "def load(name):\n    return open(Path.cwd() / name)",
    ],
)
def test_a_path_that_no_text_says_is_told_where_it_is_opened(gathering: Gather, code: str) -> None:
    found = gathering(code, files={"x.yaml": "path: y.csv"})
    told = [each for each in found.diagnostics if each.code == "NL746"]
    assert [(each.severity, each.cell) for each in told] == [("warning", 1)]
    assert told[0].span is not None
    assert told[0].span.line == code.count("\n") + 1


@pytest.mark.parametrize(
    "code",
    [
        "def load(path):\n    return open(path)",
        "pd.read_csv(io.BytesIO(content))",
        "def upload(file: UploadFile):\n    return pd.read_csv(file.file)",
        "Image.open(buffer)",
        "json.load(response)",
        "open(os.environ['DATA'])",
        "open('made.txt', 'w')",
        "model.load(weights)",
    ],
)
def test_what_is_given_when_it_runs_is_no_path_to_be_told_of(gathering: Gather, code: str) -> None:
    found = gathering(code, files={})
    assert (found.paths, found.diagnostics) == ((), ())
