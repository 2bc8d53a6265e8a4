"""The cases of the shared corpus and those of our own, which stand in the same form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

# What an app does not get in JupyterLab: it sees the prefix in its paths, `?token=` is Jupyter's
# own, and the API page is the extension's.
NOT_IN_JUPYTER = {"fastapi-request", "fastapi-depends", "docs-offline", "ws-query"}

HERE = Path(__file__).parent
Case = dict[str, Any]


def cases(*kinds: str) -> list[Any]:
    """List those of these kinds, each with the path of its notebook."""
    found = []
    for folder in ("corpus", "more"):
        listed = json.loads((HERE / folder / "cases.json").read_text(encoding="utf-8"))["cases"]
        for case in listed:
            if case["kind"] in kinds:
                case["notebook"] = HERE / folder / case.get("notebook", "")
                found.append(pytest.param(case, id=f"{folder}-{case['id']}"))
    return found
