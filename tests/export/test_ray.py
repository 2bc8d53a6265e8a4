"""What runs an export on a Ray Serve cluster."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from neutrino_lab.export import ray, ray_options, replicas
from neutrino_lab.export.errors import ExportOptionError
from neutrino_lab.export.options import BuildOptions, merged

VARIABLES = ("NEUTRINO_BUS", "STOCK_URL")
TWO = BuildOptions(engine="ray", ray=("num_replicas=2", "num_gpus=0.5"))


def test_nothing_is_added_unless_it_is_asked_for() -> None:
    assert ray.files(BuildOptions(ray=("num_gpus=1",)), title="x", variables=()) == {}
    assert replicas.packages(TWO) == ("redis>=5",)


def test_the_notebook_says_what_each_replica_is_given() -> None:
    kept = {
        "neutrino_lab": {"export": {"engine": "ray", "ray": ["num_replicas=2", "num_gpus=0.5"]}}
    }
    assert merged(BuildOptions(), kept) == TWO
    found = ray.files(TWO, title="My Shop!", variables=VARIABLES)
    assert found.keys() == {"serve_ray.py", "serve.yaml", "requirements-ray.txt"}
    (application,) = yaml.safe_load(found["serve.yaml"])["applications"]
    assert (application["name"], application["import_path"]) == ("my-shop", "serve_ray:app")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (BuildOptions(engine="dask"), "there is no engine 'dask'; the one is `ray`"),
        (BuildOptions(ray=("gpus=1",)), "'gpus=1' is nothing that Ray is told"),
        (BuildOptions(ray=("num_gpus=many",)), "'num_gpus=many' is nothing that Ray is told"),
        (BuildOptions(ray=('num_gpus=1, "x": 2',)), "is nothing that Ray is told"),
        (
            BuildOptions(ray=("num_gpus=1.5",)),
            "`num_gpus` is a part of one, such as 0.5, or a whole",
        ),
        (BuildOptions(ray=("num_replicas=0",)), "`num_replicas` is a whole number from 1 to 1000"),
        (
            BuildOptions(ray=("num_replicas=1.5",)),
            "`num_replicas` is a whole number from 1 to 1000",
        ),
    ],
)
def test_what_ray_would_refuse_is_refused(options: BuildOptions, told: str) -> None:
    with pytest.raises(ExportOptionError) as refused:
        options.checked()
    assert told in str(refused.value)


def test_many_replicas_without_a_shared_bus_refuse_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter is run beside a Ray that notes what it is told."""
    told: dict[str, Any] = {}

    def deployment(**options: Any) -> Any:
        told.update(options)
        return lambda made: SimpleNamespace(bind=lambda: made)

    module = ModuleType("ray")
    module.serve = SimpleNamespace(  # type: ignore[attr-defined]
        deployment=deployment, ingress=lambda build: lambda made: (made, build)
    )
    monkeypatch.setitem(sys.modules, "ray", module)
    path = tmp_path / "serve_ray.py"
    path.write_text(ray.files(TWO, title="shop", variables=VARIABLES)["serve_ray.py"])
    monkeypatch.delenv("NEUTRINO_BUS", raising=False)
    with pytest.raises(RuntimeError, match="2 replicas would share nothing"):
        runpy.run_path(str(path))
    monkeypatch.setenv("NEUTRINO_BUS", "redis://here")
    runpy.run_path(str(path))
    assert told == {
        "name": "shop",
        "num_replicas": 2,
        "ray_actor_options": {
            "runtime_env": {"env_vars": {"NEUTRINO_BUS": "redis://here"}},
            "num_gpus": 0.5,
        },
    }


def test_one_replica_needs_no_more_than_its_code() -> None:
    text = ray.files(BuildOptions(engine="ray"), title="shop", variables=())["serve_ray.py"]
    assert ast.parse(text)
    assert "REPLICAS = 1" in text
    assert ray_options.read(()) == {}
