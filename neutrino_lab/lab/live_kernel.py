"""What a notebook's own kernel is to evaluate, so that it answers for the endpoints.

Everything that a user has written travels in one JSON text, which stands in the expression as one
literal. It is evaluated by the kernel, on the front end's request; never in this process.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from neutrino_lab.declare.compiler import Compilation
from neutrino_lab.declare.diagnostics import has_errors
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.errors import NoCellError, UnsoundError
from neutrino_lab.lab.protocol.kernel import KernelCode, KernelRequest
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.runtime.spec import Http, to_json

_WORD = re.compile(r"[^\W\d]\w*")


def code(analyzer: DocumentAnalyzer, request: KernelRequest, loader: Path) -> KernelCode:
    """Prepare a question or a call. Raises UnsoundError where the declaration has an error, and
    NoCellError where the document has no such endpoint."""
    notebook, compilation = analyzer.compile(request.path, request.cells)
    app = compilation.app
    requested = app.of(Http)
    if request.key and all(each.key != request.key for each in requested):
        raise _absent(request.key, compilation)
    asked = {
        "app": to_json(app),
        "path": notebook.path.name,
        "cells": [[cell.number, cell.id, cell.source] for cell in notebook.cells],
        "needs": {each.key: _needs(each, notebook, compilation) for each in requested},
        "key": request.key,
        "call": request.call.model_dump() if request.call else None,
    }
    # A surrogate alone is no UTF-8, and JSON's own escapes are ASCII.
    text = json.dumps(asked, ensure_ascii=True)
    return KernelCode(
        expression=f"__import__('runpy').run_path({str(loader)!r})['answer']({text!r})"
    )


def _absent(wanted: str, compilation: Compilation) -> UnsoundError | NoCellError:
    """Say why an endpoint is not among those that are sound."""
    if has_errors(compilation.diagnostics):
        first = next(each for each in compilation.diagnostics if each.severity == "error")
        return UnsoundError(f"Cell {first.cell}: {first.message}", cell=first.cell)
    return NoCellError(f"The document does not declare {wanted}.")


def _needs(
    endpoint: Http, notebook: Notebook, compilation: Compilation
) -> list[tuple[str, int, str]]:
    """List the names in a declaration's types that the notebook defines, each with its cell."""
    words = dict.fromkeys(word for each in endpoint.declared for word in _WORD.findall(each.type))
    found = []
    for word in words:
        cells = [
            cell
            for cell in notebook.cells
            if word in compilation.facts[notebook.module, cell.number].binds
        ]
        if cells:
            found.append((word, cells[-1].number, cells[-1].id))
    return found
