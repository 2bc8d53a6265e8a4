"""Where packages come from: pip's settings said in uv's words, and addresses without passwords."""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PYPI = "https://pypi.org/simple"

_USER = re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)[^/@\s\"']+@", re.IGNORECASE)
# With one of these the user has told uv itself.
_UV = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
# What would lock another project, or make it a check; packages of a folder reach no container.
_FOREIGN = frozenset(
    {
        *("UV_FIND_LINKS", "UV_FROZEN", "UV_LOCKED", "UV_PROJECT", "UV_PYTHON", "UV_WORKING_DIR"),
        *("UV_WORKING_DIRECTORY", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV", "CONDA_PREFIX"),
    }
)


def environment(own: Mapping[str, str], python: str) -> dict[str, str]:
    """Give the variables that uv is run with, so that it asks the indexes that pip would ask.

    Only what a container can reach counts: addresses of the web, no folders of this machine.
    """
    variables = {key: value for key, value in own.items() if key not in _FOREIGN}
    pip = _pip(own, Path(python).parent.parent)
    if not any(own.get(name) for name in _UV):
        first = [url for url in pip.get("index-url", "").split() if _is_web(url)]
        more = [url for url in pip.get("extra-index-url", "").split() if _is_web(url)]
        if first:
            variables["UV_DEFAULT_INDEX"] = first[0]
        if more:
            variables["UV_INDEX"] = " ".join(more)
            # pip takes the best of all indexes, uv the first that has the name.
            variables.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if pip.get("cert"):
        variables.setdefault("SSL_CERT_FILE", pip["cert"])
    if pip.get("trusted-host"):
        variables.setdefault("UV_INSECURE_HOST", " ".join(pip["trusted-host"].split()))
    # A second try is enough: the user waits, and the pins are there without it.
    variables.setdefault("UV_HTTP_RETRIES", "1")
    return variables


def options(registries: Iterable[str]) -> tuple[str, ...]:
    """The lines of a requirements file that name these indexes; none for PyPI alone."""
    urls = list(dict.fromkeys(redacted(url) for url in registries))
    if set(urls) <= {PYPI}:
        return ()
    first = PYPI if PYPI in urls else urls[0]
    lines = [] if first == PYPI else [f"--index-url {first}"]
    return (*lines, *(f"--extra-index-url {url}" for url in urls if url != first))


def redacted(text: str) -> str:
    """Take user names and passwords out of all addresses in a text."""
    return _USER.sub(r"\1", text)


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _pip(own: Mapping[str, str], prefix: Path) -> dict[str, str]:
    """What pip would go by: its files, the later over the earlier, then its variables."""
    found: dict[str, str] = {}
    for path in _files(own, prefix):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip itself says what is wrong with it
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    for key, value in own.items():
        if key.startswith("PIP_") and value:
            found[key[4:].lower().replace("_", "-")] = value
    return found


def _files(own: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    """The places of pip.conf, as pip's documentation lists them."""
    configured = own.get("PIP_CONFIG_FILE", "")
    if configured == os.devnull:
        return
    home = Path(own.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - may have no home
    config = Path(own.get("XDG_CONFIG_HOME") or home / ".config")
    if sys.platform == "win32":
        yield Path(own.get("ProgramData", "C:\\ProgramData"), "pip", "pip.ini")
        yield home / "pip" / "pip.ini"
        yield Path(own.get("APPDATA", home), "pip", "pip.ini")
        yield prefix / "pip.ini"
    else:
        if sys.platform == "darwin":
            yield Path("/Library/Application Support/pip/pip.conf")
            config = next(
                (p for p in [home / "Library/Application Support"] if (p / "pip").is_dir()), config
            )
        for folder in (own.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
            yield Path(folder, "pip", "pip.conf")
        yield Path("/etc/pip.conf")
        yield home / ".pip" / "pip.conf"
        yield config / "pip" / "pip.conf"
        yield prefix / "pip.conf"
    if configured:
        yield Path(configured)
