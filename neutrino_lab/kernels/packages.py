"""Packages that code imports and its kernel has not: installed for that kernel alone, if allowed.

uv puts wheels into a folder that the kernel can read and not write. No code of a package runs for
that, and none of the kernel's: a wheel is unpacked, and the names are read from the code.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from uv import find_uv_bin

from neutrino_lab.kernels import files
from neutrino_lab.notebook.magics import strip
from neutrino_lab.notebook.syntax import try_parse

Policy: TypeAlias = Literal["ask", "allow", "deny"]
POLICIES: tuple[str, ...] = get_args(Policy)

_MISSING = re.compile(r"No module named '([\w.]+)'")
_LIST = "import json, pkgutil; print(json.dumps([each.name for each in pkgutil.iter_modules()]))"
# Modules whose packages have other names.
_PACKAGES = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "PIL": "pillow",
    "pptx": "python-pptx",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def hint(error: Any, policy: str) -> str:
    """Say what would install a module that an error misses; nothing for any other error."""
    found = _MISSING.search(str((error or {}).get("evalue", "")))
    if found is None or error.get("ename") != "ModuleNotFoundError":
        return ""
    module = found[1].partition(".")[0]
    text = f"`{module}` is not installed in this kernel."
    if policy == "deny":
        return f"{text} Nothing can be installed here: use what is."
    return (
        f"{text} `pip install {package_of(module)}` in the kernel's environment would install it; "
        "without that, use what is installed."
    )


def package_of(module: str) -> str:
    """Guess the distribution on PyPI that has a module; where nothing is known, by its name."""
    return _PACKAGES.get(module, module.replace("_", "-"))


def imported(code: str) -> list[str]:
    """Name the modules outside the standard library that code imports, by their first parts."""
    tree = try_parse(strip(code)[0])
    found: list[str] = []
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.append(node.module)
    tops = dict.fromkeys(each.partition(".")[0] for each in found)
    return [each for each in tops if each not in sys.stdlib_module_names and each.isascii()]


class Packages:
    """Installs what is missing, and knows what each interpreter has."""

    def __init__(self) -> None:
        self._had: dict[str, frozenset[str]] = {}

    async def provide(self, provisioner: Any, code: str) -> list[str]:
        """Install what code imports and its kernel has not; gives what a model should know of it.

        What was under way is called off with the call.
        """
        target: Path | None = getattr(provisioner, "packages_folder", None)
        modules = imported(code)
        if target is None or not modules:
            return []
        python = str(provisioner.python)
        there = await self._of(python) | await asyncio.to_thread(_names, provisioner.work, target)
        wanted = [package_of(each) for each in modules if each not in there]
        if not wanted:
            return []
        ran = await _uv(python, target, wanted)
        if ran:
            return [f"{', '.join(wanted)} could not be installed: {ran}"]
        most_mb = provisioner.bounds.folder_mb
        if most_mb and await asyncio.to_thread(files.size_mb, target) > most_mb:
            await asyncio.to_thread(_empty, target)
            return [f"{', '.join(wanted)} would take more than the {most_mb:,} MB of a session."]
        return [f"Installed for this session: {', '.join(wanted)}."]

    async def _of(self, python: str) -> frozenset[str]:
        if python not in self._had:
            code, out = await _run([python, "-I", "-c", _LIST])
            self._had[python] = frozenset(json.loads(out)) if code == 0 else frozenset()
        return self._had[python]


async def _uv(python: str, target: Path, packages: Iterable[str]) -> str:
    """Install wheels; gives why that failed, empty where it did not."""
    command = [find_uv_bin(), "pip", "install", "--quiet", "--color", "never", "--python", python]
    # Copies: a link would be the same file as in the cache of all.
    command += ["--target", str(target), "--only-binary", ":all:", "--link-mode", "copy"]
    code, out = await _run([*command, "--", *packages])
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    return "" if code == 0 else (" ".join(lines)[:500] or f"uv ended with {code}")


async def _run(command: list[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=os.sep,
    )
    try:
        out, _ = await process.communicate()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return process.returncode or 0, out.decode(errors="replace")


def _names(*folders: Path) -> frozenset[str]:
    """Name what could be imported from folders."""
    return frozenset(each.name.partition(".")[0] for f in folders for each in f.iterdir())


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
