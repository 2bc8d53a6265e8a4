"""The environment of an isolated kernel: what it needs, and nothing that the server knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

# A list of what passes, not of what does not: nobody can know all names of secrets.
_PASSED = (
    *("PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    *("*_NUM_THREADS", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)


def clean(
    environment: Mapping[str, str], *, home: Path, scratch: Path, passed: Iterable[str] = ()
) -> dict[str, str]:
    """Keep what a kernel needs and what `passed` names, and give it a home of its own."""
    patterns = [*_PASSED, *passed]
    kept = {
        key: text
        for key, text in environment.items()
        if any(fnmatchcase(key, pattern) for pattern in patterns)
    }
    return {
        **kept,
        "HOME": str(home),
        "USER": "kernel",
        "LOGNAME": "kernel",
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
