"""Lets numba keep what it compiles of cells (`@njit(cache=True)`), as it does in a kernel.

It looks for a file behind a function, or for the file names that IPython gives to cells, and raises
where it finds neither.
"""

from __future__ import annotations

import linecache
from functools import cache
from pathlib import Path
from typing import Any

from .import_hooks import after_import


@cache
def prepare() -> None:
    """Tell numba where cells are, once it is imported; what runs before goes on to be its own."""
    after_import("numba.core.caching", _add_locator)


def _add_locator(caching: Any) -> None:
    names = ("CacheImpl", "_CacheImpl"), ("IPythonCacheLocator", "_IPythonCacheLocator")
    impl, base = (
        next((getattr(caching, name) for name in each if hasattr(caching, name)), None)
        for each in names
    )
    if impl is None or base is None:
        return  # a numba that is made otherwise says what it misses

    class CellLocator(base):  # type: ignore[misc, valid-type]
        """Knows a function by its text, as that of IPython does, and keeps it with the user's."""

        def get_cache_path(self) -> str:
            folder = caching.AppDirs(appname="numba", appauthor=False).user_cache_dir
            return str(Path(caching.config.CACHE_DIR or folder, "neutrino_cells"))

        @classmethod
        def from_function(cls, function: Any, file: str) -> Any:
            if file not in linecache.cache or Path(file).exists():
                return None
            found = cls(function, file)
            try:
                found.ensure_cache_path()
            except OSError:
                return None
            return found

    impl._locator_classes = [*impl._locator_classes, CellLocator]
