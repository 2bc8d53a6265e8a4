"""What a worker imports and makes for the first time, done before it knows its notebook.

Shipped to the kernel's interpreter with worker.py, hence the relative imports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import uvicorn

from ..runtime.app import create_app
from ..runtime.bus.memory import MemoryBus
from ..runtime.cell_context import NO_VARIABLES, Variables
from ..runtime.engine import Engine
from ..runtime.spec import App, Endpoint, Field, Http
from . import listeners


class _Functions:
    """Stands for a notebook."""

    variables: Variables = NO_VARIABLES

    def function(self, _endpoint: Endpoint) -> Callable[..., Any]:
        def answer(a: str, b: list[float]) -> str:
            return f"{a} {b}"

        return answer

    def names(self, _module: str) -> Mapping[str, Any]:
        return {}


def warm_up() -> None:
    """Serve an app of our own as far as to its first request."""
    endpoint = Http(
        verb="POST", path="/{a}", function="warm:answer", cell=1, body=(Field("b", "list[float]"),)
    )
    app = App("warm", ("warm",), (endpoint,))
    service = create_app(app, _Functions(), engine=Engine(MemoryBus()))
    service.asgi.build_middleware_stack()
    uvicorn.Config(service.asgi, interface="asgi3", log_level="warning").load()
    listeners.new_loop().close()
