"""`__main__`, as cells find it in a kernel: the module that their code runs in."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any

_NAME = "__main__"


class MainModule:
    """Stands for the notebooks in `sys.modules["__main__"]`.

    Pickles name classes by their module, and joblib and multiprocessing look there. One notebook is
    that module. Several are each their own while their cells run; after that, a name leads to the
    notebook whose function asks, and to the first that has it where none does, as in the thread of
    a pool. A process that is started afresh runs no file again for it, as there is no `__file__`.
    """

    def __init__(self) -> None:
        self._modules: list[ModuleType] = []

    def add(self) -> dict[str, Any]:
        """Make a notebook's module, and give its namespace."""
        module = ModuleType(_NAME)
        vars(module)["__builtins__"] = builtins  # code that is run in a plain dict gets theirs
        self._modules.append(module)
        return vars(module)

    def be(self, namespace: dict[str, Any]) -> None:
        """Let the module with this namespace be `__main__`, while its cells run."""
        sys.modules[_NAME] = next(m for m in self._modules if vars(m) is namespace)

    def share(self) -> None:
        """Let `__main__` stand for all notebooks, once their cells have run."""
        if self._modules:
            alone = self._modules[0] if len(self._modules) == 1 else _Shared(self._modules)
            sys.modules[_NAME] = alone


class _Shared(ModuleType):
    def __init__(self, modules: list[ModuleType]) -> None:
        super().__init__(_NAME)
        self._modules = modules

    def __getattr__(self, name: str) -> Any:
        for module in (*self._asking(), *self._modules):
            if name in vars(module) and name[:2] != "__":
                return vars(module)[name]
        raise AttributeError(f"no notebook has {name!r}", name=name, obj=self)

    def _asking(self) -> Iterator[ModuleType]:
        """The notebook whose code has led here."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            for module in self._modules:
                if vars(module) is frame.f_globals:
                    yield module
                    return
            frame = frame.f_back
