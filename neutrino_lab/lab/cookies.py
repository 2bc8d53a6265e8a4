"""How many cookies served notebooks may have: browsers keep some 150 to 180 for a whole host.

One too many pushes out the oldest, which would be Jupyter's own.
"""

from __future__ import annotations

MOST_OF_ONE = 20
MOST_OF_ALL = 100


class CookieLimit:
    """Remembers which cookies have passed, for as long as the server runs: browsers keep them
    longer than a notebook is served."""

    def __init__(self, *, most_of_one: int = MOST_OF_ONE, most_of_all: int = MOST_OF_ALL) -> None:
        self._most_of_one = most_of_one
        self._most_of_all = most_of_all
        self._known: dict[str, set[tuple[str, str, bool]]] = {}

    def admit(self, app: str, cookie: str) -> bool:
        """Let a cookie of an app pass that is known, or for which there is room."""
        known = self._known.setdefault(app, set())
        identity = _identity(cookie)
        if identity not in known:
            if len(known) >= self._most_of_one:
                return False
            if sum(map(len, self._known.values())) >= self._most_of_all:
                return False
            known.add(identity)
        return True


def _identity(cookie: str) -> tuple[str, str, bool]:
    """What tells a cookie from another: browsers keep one for each name, path and partition."""
    pair, *attributes = cookie.split("; ")
    path = next((each for each in reversed(attributes) if each.lower().startswith("path=")), "")
    is_partitioned = any(each.partition("=")[0].lower() == "partitioned" for each in attributes)
    return pair.partition("=")[0], path, is_partitioned
