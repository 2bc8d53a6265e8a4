"""The table of routes finds what FastAPI would find by trying them one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from neutrino_lab.runtime.http.table import Table

SEGMENTS = ("a", "{x}", "{y:str}", "b", "{n:int}", "v{x}", "")
METHODS = ("GET", "GET", "POST")
PLAIN = st.tuples(st.sampled_from(("a", "{x}")), st.sampled_from(("a", "{y}")))
ANY = st.lists(st.sampled_from(SEGMENTS), max_size=3)
ROUTES = st.lists(st.tuples(PLAIN | ANY, st.sampled_from(METHODS)), min_size=2, max_size=8)
PATHS = st.just(["a", "a"]) | st.lists(
    st.sampled_from(("a", "b", "7", "v1", "", "x\n")), max_size=3
)


async def answer(_request: Request) -> Response:
    return Response()


def made(number: int, segments: Sequence[str], method: str) -> Route | None:
    try:
        route = Route("/" + "/".join(segments), answer, methods=[method])
    except ValueError:  # a name stands twice in the path
        return None
    # A route without one is left to FastAPI.
    route.compiled = number if number % 8 else None  # type: ignore[attr-defined]
    return route


def tried(routes: list[Route], method: str, path: str) -> tuple[int | None, dict[str, str]] | None:
    """What is found by trying one route after the other."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in routes:
        match, found = route.matches(scope)
        if match is Match.FULL:
            return route.compiled, dict(found["path_params"])  # type: ignore[attr-defined]
    return None


@given(ROUTES, PATHS, st.sampled_from(("GET", "POST", "PUT")))
def test_the_table_finds_what_trying_finds(
    given_routes: list[tuple[Sequence[str], str]], segments: list[str], method: str
) -> None:
    numbered = enumerate(given_routes, 1)
    routes = [route for number, each in numbered if (route := made(number, *each))]
    path = "/" + "/".join(segments)

    found = Table[int](routes).find(method, path)

    reference = tried(routes, method, path)
    if found is not None:
        assert reference == (found[0], dict(found[1]))
    elif reference is not None:
        is_plain = all("{n:" not in r.path and "v{" not in r.path for r in routes)
        assert not (is_plain and reference[0] is not None and not path.endswith("\n")), reference


def test_of_a_thousand_routes_the_last_is_looked_up_like_the_first() -> None:
    routes = [made(8 * number + 1, [str(number), "{x}"], "GET") for number in range(1_000)]
    table = Table[int](filter(None, routes))

    assert table.find("GET", "/0/7") == (1, {"x": "7"})
    assert table.find("GET", "/999/7") == (7_993, {"x": "7"})
    assert [len(forms) for forms in table._forms.values()] == [1, 1]
