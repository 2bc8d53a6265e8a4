"""What an app is built from besides its description: the functions behind its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .cell_context import Variables
from .spec import Endpoint


class Functions(Protocol):
    """Notebooks that have run: as a `Program` of ours, or in a live kernel."""

    def function(self, endpoint: Endpoint) -> Callable[..., Any]:
        """Give the function behind an endpoint. Raises EndpointError where it is none."""
        ...

    @property
    def variables(self) -> Variables:
        """The context variables that cells have set, as functions are to find them."""
        ...

    def names(self, module: str) -> Mapping[str, Any]:
        """Give the namespace of a notebook, in which types are looked up."""
        ...
