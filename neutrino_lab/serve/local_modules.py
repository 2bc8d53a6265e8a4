"""The modules that a notebook has imported from beside it, and from folders that its cells put on
`sys.path`: what may be edited while it is served.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

_INSTALLED = {"site-packages", "dist-packages"}
_OWN = __name__.partition(".")[0]


class LocalModules:
    """The local modules of one process; `sys.path` as it was when this was made holds no others."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.abspath(folder)  # noqa: PTH100 - links stay as the importer has them
        self._given = frozenset(sys.path)
        # Modules that cannot become local while the folders stay, as they were met at the last
        # look: there are a thousand, and a look at each of them takes a millisecond.
        self._elsewhere: tuple[list[str], dict[str, ModuleType]] = ([], {})

    def names(self) -> frozenset[str]:
        """Give the names of the top-level modules."""
        return self._names_in(dict(sys.modules))

    def files(self) -> set[str]:
        """Give the paths of the modules' files, and of the modules below them."""
        modules = dict(sys.modules)
        tops = self._names_in(modules)
        if not tops:
            return set()
        return {
            str(module.__file__)
            for name, module in modules.items()
            if name.partition(".")[0] in tops and getattr(module, "__file__", None)
        }

    @contextmanager
    def imported_again(self, names: frozenset[str]) -> Iterator[None]:
        """Let the block import these modules again. On an error the old ones come back, and what
        was imported for the first time goes: it may have been fixed when it is asked for again."""
        taken = {
            name: module
            for name, module in (dict(sys.modules).items() if names else ())
            if name.partition(".")[0] in names
        }
        for name in taken:
            sys.modules.pop(name, None)
        self._forget_listings()
        last = _last_module()
        try:
            yield
        except BaseException:
            listed = [*sys.modules]
            # None, where the block has taken the last one away.
            added = listed[listed.index(last) + 1 :] if last in listed else []
            new = self.names().intersection(added)
            for name in added:
                if name.partition(".")[0] in new:
                    sys.modules.pop(name, None)
            sys.modules.update(taken)
            raise

    def _names_in(self, modules: Mapping[str, ModuleType]) -> frozenset[str]:
        """Name those of these modules that are local."""
        folders = self._folders()
        looked_in, known = self._elsewhere
        if folders != looked_in:
            known = {}
        below = _below(folders)
        elsewhere, found = {}, set()
        for name, module in modules.items():
            if known.get(name) is module or "." in name or name in {_OWN, "__main__"}:
                elsewhere[name] = module
            elif _is_in(name, module, folders, below):
                found.add(name)
            elif not _is_package(module):  # whose path may get longer
                elsewhere[name] = module
        self._elsewhere = folders, elsewhere
        return frozenset(found)

    def _forget_listings(self) -> None:
        """Have folders listed again at the next import: `importlib.invalidate_caches` without those
        inside of installed packages, of which there are hundreds."""
        below = _below(self._folders())
        listed = {*map(str, sys.path)}
        for path, finder in [*sys.path_importer_cache.items()]:
            if path not in listed and not path.startswith(below):
                continue
            if finder is None:
                sys.path_importer_cache.pop(path, None)  # there was no such folder
            elif hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()
        for each in [*sys.meta_path]:
            if each is not PathFinder and hasattr(each, "invalidate_caches"):
                each.invalidate_caches()

    def _folders(self) -> list[str]:
        return [self._folder, *self._added()]

    def _added(self) -> Iterator[str]:
        """The folders that cells have put on `sys.path`, unless packages are installed there."""
        library = sysconfig.get_path("stdlib")
        for entry in [*sys.path]:
            if entry in self._given or not isinstance(entry, str):
                continue
            folder = os.path.abspath(entry)  # noqa: PTH100
            if _INSTALLED.isdisjoint(Path(folder).parts) and not folder.startswith(library):
                yield folder


def _below(folders: Sequence[str]) -> tuple[str, ...]:
    """What the paths of all that is in some folders begin with."""
    return tuple(os.path.join(folder, "") for folder in folders)  # noqa: PTH118


def _last_module() -> str:
    """The module behind which those stand that are imported from now on. To copy all of them, of
    which none has been touched since the last save, was a twentieth of a save."""
    while True:
        with suppress(RuntimeError):  # another thread has imported one
            return next(reversed(sys.modules))


def _is_in(name: str, module: ModuleType, folders: Sequence[str], below: tuple[str, ...]) -> bool:
    """Whether a top-level module is in one of the folders, each of which begins one of `below`."""
    paths = (getattr(module, "__file__", None), *_paths(module))
    # Nearly all of them are elsewhere.
    own = {each for each in paths if isinstance(each, str) and each.startswith(below)}
    return bool(own) and any(not own.isdisjoint(_places(folder, name)) for folder in folders)


def _paths(module: ModuleType) -> list[str]:
    try:
        path = getattr(module, "__path__", ())
        # A namespace package looks through all folders when its path is read after a save, and
        # has done so when a module of a folder was imported through it.
        return [*getattr(path, "_path", path)]
    except Exception:  # noqa: BLE001 - what stands in sys.modules may be any object
        return []


def _is_package(module: ModuleType) -> bool:
    try:
        return hasattr(module, "__path__")
    except Exception:  # noqa: BLE001 - as above
        return True


def _places(folder: str, name: str) -> set[str]:
    return {
        os.path.join(folder, f"{name}.py"),  # noqa: PTH118
        os.path.join(folder, name, "__init__.py"),  # noqa: PTH118
        os.path.join(folder, name),  # noqa: PTH118
    }
