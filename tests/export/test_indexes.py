"""Which indexes the lock asks: those of pip's own settings, named without users."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neutrino_lab.export import indexes


def test_the_settings_of_pip_come_in_their_order(tmp_path: Path) -> None:
    def environment(**own: str) -> dict[str, str]:
        given = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": "/nowhere", **own}
        found = indexes.environment(given, str(tmp_path / "venv/bin/python"))
        return {k: v for k, v in found.items() if k.startswith(("UV_", "SSL")) and k not in given}

    plain = {"UV_HTTP_RETRIES": "1"}
    null = {"PIP_CONFIG_FILE": os.devnull}
    assert environment(**null) == plain
    assert environment(**null, PIP_INDEX_URL="https://a/x", PIP_CERT="/c.pem") == {
        **plain,
        "UV_DEFAULT_INDEX": "https://a/x",
        "SSL_CERT_FILE": "/c.pem",
    }
    assert environment(**null, PIP_EXTRA_INDEX_URL="https://b/x file:///opt/x\nhttps://c/x") == {
        **plain,
        "UV_INDEX": "https://b/x https://c/x",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert environment(**null, PIP_INDEX_URL="https://a/x", UV_INDEX="https://b/x") == plain
    assert environment(**null, PIP_TRUSTED_HOST="h") == {**plain, "UV_INSECURE_HOST": "h"}
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/pip.conf").write_text("[install]\nindex_url = https://venv/x\n")
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip/pip.conf").write_text("[global]\nindex-url = https://home/x\n")
    assert environment()["UV_DEFAULT_INDEX"] == "https://venv/x"
    (tmp_path / "told").write_text("[global]\nindex-url = https://told/x\n")
    told = {"PIP_CONFIG_FILE": str(tmp_path / "told")}
    assert environment(**told)["UV_DEFAULT_INDEX"] == "https://told/x"
    (tmp_path / "told").write_text("no section")
    assert environment(**told)["UV_DEFAULT_INDEX"] == "https://venv/x"


@pytest.mark.parametrize(
    ("registries", "lines"),
    [
        ([], ()),
        ([indexes.PYPI], ()),
        (["https://u:p@a/simple"], ("--index-url https://a/simple",)),
        (["https://a/s", indexes.PYPI], ("--extra-index-url https://a/s",)),
        (
            ["https://a/s", "https://b/s"],
            ("--index-url https://a/s", "--extra-index-url https://b/s"),
        ),
    ],
)
def test_indexes_are_named_without_users(registries: list[str], lines: tuple[str, ...]) -> None:
    assert indexes.options(registries) == lines
