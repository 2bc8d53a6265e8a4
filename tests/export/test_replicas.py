"""What runs an export as many replicas: read as those read it who run it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from neutrino_lab.export import replicas
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.runtime.settings import SETTINGS

VERSIONS = ("1.27", "1.31", "1.34")
OPTIONS = BuildOptions(python="3.12", replicas=True, port=9000)
VARIABLES = (*(each.name for each in SETTINGS), "STOCK_URL")


def written(title: str = "My Shop!") -> dict[str, str]:
    return replicas.files(OPTIONS, title=title, variables=VARIABLES)


def manifests(title: str = "My Shop!") -> dict[str, Any]:
    found = written(title)
    return {name: yaml.safe_load(text) for name, text in found.items() if name.startswith("k8s/")}


def test_nothing_is_added_unless_it_is_asked_for() -> None:
    assert replicas.files(BuildOptions(), title="x", variables=()) == {}
    assert replicas.packages(BuildOptions()) == ()
    assert replicas.packages(OPTIONS) == ("redis>=5",)


def test_compose_runs_replicas_behind_a_proxy_with_a_redis_that_asks_for_a_password() -> None:
    services = yaml.safe_load(written()["compose.scale.yaml"])["services"]
    app, redis, proxy = (services[name] for name in ("app", "redis", "proxy"))
    assert (app["image"], app["scale"]) == ("my-shop:${VERSION:-latest}", "${REPLICAS:-3}")
    assert app["environment"][:2] == [
        "NEUTRINO_BUS=redis://:${REDIS_PASSWORD:?choose one}@redis:6379/0",
        "NEUTRINO_SERVICE=${NEUTRINO_SERVICE:-my-shop}",
    ]
    names = [each.partition("=")[0] for each in app["environment"]]
    assert len(set(names)) == len(names)
    assert set(names) == set(VARIABLES)
    assert '--requirepass "$$REDIS_PASSWORD"' in redis["command"][2]
    assert [each for each in services if "ports" in services[each]] == ["proxy"]
    assert proxy["ports"] == ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-9000}:8080"]


@pytest.mark.parametrize("title", ["My Shop!", "3d", "ü", "-" * 80, "a" * 80, "x: y\n{{z}} $HOME"])
def test_the_name_is_one_that_kubernetes_takes(title: str) -> None:
    name = replicas.kubernetes_name(title)
    assert name[0].isalpha()
    assert name[-1].isalnum()
    assert name.replace("-", "").isalnum()
    assert name == name.lower()
    assert len(f"{name}-bus") <= 63
    assert {
        each["metadata"]["name"] for each in manifests(title).values() if "metadata" in each
    } == {name}


def test_the_manifests_are_those_that_the_kustomization_lists() -> None:
    found = manifests()
    listed = {f"k8s/{name}" for name in found["k8s/kustomization.yaml"]["resources"]}
    assert listed == found.keys() - {"k8s/kustomization.yaml"}
    pod = found["k8s/deployment.yaml"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    values = [each["name"] for each in container["env"] if "value" in each]
    assert values == ["NEUTRINO_SERVICE"]  # everything else comes from secrets
    assert "kind: Secret" not in "".join(written().values())


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_them(version: str, tmp_path: Path) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    for name, manifest in manifests().items():
        if name != "k8s/kustomization.yaml":
            validate.validate(manifest, version, strict=True)


def test_a_mistake_in_one_would_be_told() -> None:
    validate = pytest.importorskip("kubernetes_validate")
    manifest = manifests()["k8s/deployment.yaml"]
    manifest["spec"]["replica"] = 3
    with pytest.raises(validate.ValidationError):
        validate.validate(manifest, VERSIONS[-1], strict=True)


def test_haproxy_takes_its_configuration(tmp_path: Path) -> None:
    haproxy = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if haproxy is None:
        pytest.skip("haproxy is not installed")
    (tmp_path / "haproxy.cfg").write_text(written()["haproxy.cfg"])
    asked = [haproxy, "-c", "-f", str(tmp_path / "haproxy.cfg")]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
