"""Which notebooks a project holds and what their modules are called."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab.notebook.project import NotebookFile, Project, find, module_names


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    return root


def found(root: Path) -> list[str]:
    return [str(source.relative) for source in find(root).sources]


def test_a_folder_is_searched_in_order_and_in_depth(tmp_path: Path) -> None:
    root = touch(
        tmp_path / "shop", "b.ipynb", "a/z.ipynb", "My Report.ipynb", "a/notes.txt"
    ).resolve()
    assert find(root) == Project(
        root=root,
        title="shop",
        sources=(
            NotebookFile(root / "My Report.ipynb", PurePosixPath("My Report.ipynb"), "my_report"),
            NotebookFile(root / "a/z.ipynb", PurePosixPath("a/z.ipynb"), "a_z"),
            NotebookFile(root / "b.ipynb", PurePosixPath("b.ipynb"), "b"),
        ),
    )


@pytest.mark.parametrize("name", ["plain.ipynb", "_draft.ipynb", "my_sandbox.ipynb", "notes.txt"])
def test_a_file_that_is_named_is_taken_whatever_its_name(tmp_path: Path, name: str) -> None:
    root = touch(tmp_path, name, "other.ipynb").resolve()
    assert [s.path for s in find(root / name).sources] == [root / name]


def test_a_path_that_does_not_exist_has_no_sources(tmp_path: Path) -> None:
    assert find(tmp_path / "none.ipynb") == Project(tmp_path.resolve(), "none", ())
    assert find(Path("nul\0byte")).sources == ()


def test_what_is_no_part_of_a_project_is_left_out(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "kept.ipynb",
        "_private.ipynb",
        "scratch_sandbox.ipynb",
        "sandbox.ipynb",
        ".hidden.ipynb",
        ".ipynb_checkpoints/kept-checkpoint.ipynb",
        ".git/x.ipynb",
        "env/pyvenv.cfg",
        "env/lib/x.ipynb",
        "conda/conda-meta/history",
        "conda/x.ipynb",
        "node_modules/x.ipynb",
        "__pycache__/x.ipynb",
        "build/.neutrino-build",
        "build/x.ipynb",
    )
    assert found(tmp_path) == ["kept.ipynb"]


def test_the_ignore_file_follows_the_rules_of_git(tmp_path: Path) -> None:
    touch(tmp_path, "a.ipynb", "b.ipynb", "old/c.ipynb", "x/old/d.ipynb", "drafts/e.ipynb")
    touch(tmp_path, "drafts/keep.ipynb", "top.ipynb", "x/top.ipynb")
    lines = ["# notes", "", "b.ipynb", "old/", "drafts/*", "!drafts/keep.ipynb", "/top.ipynb"]
    (tmp_path / ".neutrinoignore").write_text("\n".join(lines), encoding="utf-8")
    assert found(tmp_path) == ["a.ipynb", "drafts/keep.ipynb", "x/top.ipynb"]


def test_a_bad_line_of_the_ignore_file_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.ipynb", "b.ipynb")
    (tmp_path / ".neutrinoignore").write_bytes(b"!\n\xff\xfe[\nb.ipynb\n")
    assert found(tmp_path) == ["a.ipynb"]


def test_a_folder_whose_only_link_leads_out_is_walked(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project/a.ipynb").write_text("{}")
    (tmp_path / "project/data").symlink_to(tmp_path / "out")
    assert [str(s.relative) for s in find(tmp_path / "project").sources] == ["a.ipynb"]


def test_links_neither_loop_nor_lead_out_nor_count_twice(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "real/a.ipynb", ".data/b.ipynb")
    touch(tmp_path / "out", "secret.ipynb")
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "again").symlink_to(root / "real")
    (root / "again.ipynb").symlink_to(root / "real/a.ipynb")
    (root / "away").symlink_to(tmp_path / "out")
    (root / "away.ipynb").symlink_to(tmp_path / "out/secret.ipynb")
    (root / "gone.ipynb").symlink_to(tmp_path / "none.ipynb")
    (root / "mounted.ipynb").symlink_to(root / ".data/b.ipynb")
    assert found(root) == ["mounted.ipynb", "real/a.ipynb"]


def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.ipynb", "closed/b.ipynb")
    (tmp_path / "closed").chmod(0)
    try:
        expected = ["a.ipynb"] if os.geteuid() else ["a.ipynb", "closed/b.ipynb"]
        assert found(tmp_path) == expected
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("http.ipynb", "http"),
        ("My Report.ipynb", "my_report"),
        ("2024 plan.ipynb", "nb_2024_plan"),
        ("class.ipynb", "class_"),
        ("a-b--c!.ipynb", "a_b_c"),
        ("reports/daily.ipynb", "reports_daily"),
        ("v1.2/api.v3.ipynb", "v1_2_api_v3"),
        ("Größe.ipynb", "größe"),
        ("Gro\u0308ße.ipynb", "größe"),
        ("報告.ipynb", "報告"),
        ("ﬁne.ipynb", "fine"),
        ("İ.ipynb", "i̇"),
        ("!!!.ipynb", "notebook"),
        ("__init__.ipynb", "init"),
    ],
)
def test_a_module_is_named_by_an_identifier(path: str, name: str) -> None:
    assert module_names([PurePosixPath(path)]) == [name]
    assert name.isidentifier()


def test_modules_that_would_share_a_name_are_numbered() -> None:
    paths = ["A.ipynb", "a.ipynb", "a!.ipynb", "a_2.ipynb", "x/y.ipynb", "x_y.ipynb"]
    names = module_names([PurePosixPath(path) for path in paths])
    assert names == ["a", "a_3", "a_4", "a_2", "x_y", "x_y_2"]
