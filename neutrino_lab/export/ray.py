"""What runs a build on a Ray Serve cluster that exists."""

from __future__ import annotations

from collections.abc import Iterable

from neutrino_lab.export.image import template
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.ray_options import ENGINE, REPLICAS, RESOURCES, read
from neutrino_lab.export.replicas import kubernetes_name

_REQUIREMENTS = """-r requirements.txt
# In the version of the cluster.
ray[serve]
"""


def files(options: BuildOptions, *, title: str, variables: Iterable[str]) -> dict[str, str]:
    """Write the files, by their paths, where they are asked for."""
    if options.engine != ENGINE:
        return {}
    given = read(options.ray)
    name = kubernetes_name(title)
    resources = [(each, given[each]) for each in RESOURCES if each in given]
    adapter = template("serve_ray.txt").substitute(
        name=name,
        replicas=int(given.get(REPLICAS, 1)),
        variables="".join(f'    "{each}",\n' for each in variables),
        resources="".join(f'        "{key}": {value:g},\n' for key, value in resources),
    )
    return {
        "serve_ray.py": adapter,
        "serve.yaml": template("serve.yaml").substitute(name=name),
        "requirements-ray.txt": _REQUIREMENTS,
    }
