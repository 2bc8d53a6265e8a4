"""Writes notebooks for tests."""

from __future__ import annotations

import json
from pathlib import Path


def notebook(*cells: str) -> str:
    """The text of a notebook; a cell that begins with `md:` is Markdown."""
    listed: list[dict[str, object]] = [
        {
            "cell_type": "markdown" if source.startswith("md:") else "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": source.removeprefix("md:").strip("\n"),
            **({} if source.startswith("md:") else {"execution_count": None, "outputs": []}),
        }
        for number, source in enumerate(cells, 1)
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write(path: Path, *cells: str) -> Path:
    """Write a notebook as an editor does: whole, by a rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(notebook(*cells), encoding="utf-8")
    return draft.replace(path)
