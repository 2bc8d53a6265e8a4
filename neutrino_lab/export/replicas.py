"""What runs a build as many replicas: Compose with a Redis and HAProxy, and Kubernetes."""

from __future__ import annotations

from collections.abc import Iterable

from neutrino_lab.export.image import image_name, template
from neutrino_lab.export.options import BuildOptions

_KUBERNETES = (
    "kustomization.yaml",
    "deployment.yaml",
    "service.yaml",
    "autoscaler.yaml",
    "disruption.yaml",
    "network.yaml",
)
# What the files give a value themselves.
_GIVEN = frozenset({"NEUTRINO_BUS", "NEUTRINO_SERVICE"})
_LONGEST_NAME = 50


def packages(options: BuildOptions) -> tuple[str, ...]:
    """What the replicas need beside what the app needs."""
    return ("redis>=5",) if options.replicas or options.engine else ()


def files(options: BuildOptions, *, title: str, variables: Iterable[str]) -> dict[str, str]:
    """Write the files, by their paths, where they are asked for; `variables` are passed into the
    containers by name."""
    if not options.replicas:
        return {}
    name = kubernetes_name(title)
    compose = template("compose.scale.yaml").substitute(
        image=image_name(title),
        port=options.port,
        environment="".join(f"      - {each}\n" for each in variables if each not in _GIVEN),
    )
    written = {
        "compose.scale.yaml": compose,
        "haproxy.cfg": template("haproxy.cfg").substitute(),
    }
    for each in _KUBERNETES:
        written[f"k8s/{each}"] = template(f"k8s/{each}").substitute(name=name)
    return written


def kubernetes_name(title: str) -> str:
    """A name that Kubernetes accepts for a Service (RFC 1035), and that others may end in more."""
    name = image_name(title)
    name = name if name[0].isalpha() else f"app-{name}"
    return name[:_LONGEST_NAME].strip("-")
