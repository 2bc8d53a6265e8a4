# mypy: ignore-errors
"""Runs in a kernel of Python: names what its user has defined, by type and shape, never by value.

A program for the kernel's own interpreter, sent as text, like `bootstrap`. Python 3.8 reads it.
"""

import json
import types

MOST_NAMES = 60
MOST_COLUMNS = 40


def described(value):
    """Name the type of a value, and its shape, length, columns or dtype where it has one."""
    entry = {"type": type(value).__name__}
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        entry["shape"] = [int(each) for each in shape]
    elif isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)):
        entry["length"] = len(value)
    dtypes = getattr(value, "dtypes", None)
    columns = getattr(value, "columns", None)
    if columns is not None and dtypes is not None:
        pairs = list(zip(columns, dtypes))  # noqa: B905 - `strict` is newer than some kernels
        entry["columns"] = {str(name): str(dtype) for name, dtype in pairs[:MOST_COLUMNS]}
        if len(pairs) > MOST_COLUMNS:
            entry["more_columns"] = len(pairs) - MOST_COLUMNS
    elif getattr(value, "dtype", None) is not None:
        entry["dtype"] = str(value.dtype)
    return entry


def description(shell):
    """Describe the variables of a user, by name, without modules and private ones; at most
    MOST_NAMES."""
    hidden = set(shell.user_ns_hidden)
    found = {}
    for name, value in list(shell.user_ns.items()):
        if name.startswith("_") or name in hidden or isinstance(value, types.ModuleType):
            continue
        try:
            found[name] = described(value)
        except Exception as error:  # noqa: BLE001 - a user's type may raise whatever it likes
            found[name] = {"type": type(value).__name__, "error": type(error).__name__}
        if len(found) == MOST_NAMES:
            break
    return found


print(json.dumps(description(get_ipython())))  # noqa: F821, T201 - it runs in IPython
