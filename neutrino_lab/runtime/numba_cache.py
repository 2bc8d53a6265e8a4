"""Lets numba keep what it compiles of cells (`@njit(cache=True)`), as it does in a kernel.

It looks for a file behind a function, or for the file names that IPython gives to cells, and raises
where it finds neither.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_CACHING = "numba.core.caching"


@cache
def prepare() -> None:
    """Tell numba where cells are, once it is imported; what runs before goes on to be its own."""
    if _CACHING in sys.modules:
        _add_locator(sys.modules[_CACHING])
    else:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Waits for one import, and then is gone."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _CACHING:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _add_locator(module)


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
