"""Which isolation there is, which of them works here, and kernelspecs that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

from neutrino_lab.kernels.errors import IsolationError
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.provisioners import bubblewrap, docker

Kind = Literal["process", "bubblewrap", "docker"]
KINDS: tuple[str, ...] = get_args(Kind)
# Kernels elsewhere are isolated by their operator.
GATEWAY = "gateway"
PROVISIONERS = {kind: f"neutrino-{kind}" for kind in KINDS}
_REFUSALS: dict[str, Callable[[], str]] = {
    "process": str,
    "bubblewrap": bubblewrap.refusal,
    "docker": docker.refusal,
}


@dataclass(frozen=True, slots=True)
class Isolation:
    """How a kernel is kept apart; with `packages` it reads a folder that packages are put into."""

    kind: str = "process"
    limits: Limits = field(default_factory=Limits)
    network: bool = False
    passed: tuple[str, ...] = ()
    base: str = ""
    image: str = ""
    packages: bool = False

    def stanza(self) -> dict[str, Any]:
        """Give what a kernelspec says of its provisioner."""
        config: dict[str, Any] = {
            "limits": self.limits.as_dict(),
            "network": self.network,
            "passed": list(self.passed),
            "base": self.base,
        }
        if self.kind == "docker":
            config["image"] = self.image
        else:
            config["packages"] = self.packages
        return {"provisioner_name": PROVISIONERS[self.kind], "config": config}


_wanted: ContextVar[Isolation | None] = ContextVar("neutrino_isolation", default=None)


@contextmanager
def isolated(isolation: Isolation | None) -> Iterator[None]:
    """Let the kernels that are started within this, and tasks begun in it, be isolated so."""
    token = _wanted.set(isolation)
    try:
        yield
    finally:
        _wanted.reset(token)


def is_wanted() -> bool:
    """Tell whether this runs within `isolated`."""
    return _wanted.get() is not None


class IsolatedSpecs(KernelSpecManager):
    """The kernelspecs of another, with the provisioner of the isolation that is wanted now.

    A kernelspec that names a provisioner itself, such as one for another machine, keeps it.
    """

    inner: KernelSpecManager
    always: Isolation | None = None

    def find_kernel_specs(self) -> dict[str, str]:
        """Give the folder of each kernelspec, by its name."""
        return self.inner.find_kernel_specs()

    def get_all_specs(self) -> dict[str, Any]:
        """Describe each kernelspec as Jupyter's API does, by its name, without the isolation."""
        return self.inner.get_all_specs()

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Give a kernelspec, with the provisioner of the isolation that is wanted unless it names
        one. Raises NoSuchKernel."""
        spec = self.inner.get_kernel_spec(kernel_name)
        wanted = _wanted.get() or self.always
        if wanted is not None and "kernel_provisioner" not in spec.metadata:
            spec.metadata = {**spec.metadata, "kernel_provisioner": wanted.stanza()}
        return spec


def over(inner: KernelSpecManager, always: Isolation | None = None) -> IsolatedSpecs:
    """Put isolation over kernelspecs: for all kernels, or for those begun in `isolated`."""
    made = IsolatedSpecs(parent=inner.parent)
    made.inner = inner
    made.always = always
    return made


def check(kind: str) -> None:
    """Raise IsolationError where an isolation does not work here."""
    if kind not in KINDS:
        raise IsolationError(f"There is no isolation {kind}; there are {', '.join(KINDS)}.")
    if refusal := _REFUSALS[kind]():
        raise IsolationError(f"Isolation by {kind} does not work here: {refusal}.")


def strongest() -> str:
    """Give the strongest isolation that needs no image and works here."""
    return "process" if bubblewrap.refusal() else "bubblewrap"
