"""A served app does not lead a page of Jupyter's, with its cookies and tokens, to Jupyter's API."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.lab.forwarding import PublicAddress, location
from tests.attacks.hostile import CELLS, answering
from tests.jupyter import Lab

# Spellings of 127.0.0.1, or of what leads there, as browsers read a host; PORT is the server's.
HOSTS = (
    *("127.1:PORT", "127.0.1:PORT", "2130706433:PORT", "0x7f.1:PORT", "0x7f000001:PORT"),
    *("0177.0.0.1:PORT", "0177.1:PORT", "017700000001:PORT", "127.0.0.1:0PORT", "127.0.0.1.:PORT"),
    *("%31%32%37.0.0.1:PORT", "127.0.0%2e1:PORT", "127%2E1:PORT", "\uff11\uff12\uff17.0.0.1:PORT"),
    *("127\u30020.0.1:PORT", "\u2460\u2461\u2466.0.0.1:PORT", "\uff4c\uff4f\uff43alhost:PORT"),
    *("127.0.0.1:PORT@127.1:PORT", "a:b@127.1:PORT", "127.0.0.1:PORT#@127.1:PORT"),
    *("[::1]:PORT", "[::ffff:127.0.0.1]:PORT", "[::ffff:7f00:1]:PORT", "[0:0:0:0:0:0:0:1]:PORT"),
    *("localhost:PORT", "LOCALHOST:PORT", "localhost.:PORT", "a.localhost:PORT", "0:PORT"),
    *("0.0.0.0:PORT", "[::]:PORT", "loc\u00adalhost:PORT", "127.0.0.1\u200b:PORT"),
)
PREFIXES = ("http://", "//", "HTTP://", "http:/\\", "\\\\", "/\\", "http:\\\\", "https://", "ws://")
ODD = (
    *("/\t/127.1:PORT/api", "ht\ttp://127.1:PORT/api", "\x01//127.1:PORT/api", " //127.1:PORT/api"),
    *("http:///127.1:PORT/api", "http:////127.1:PORT/api", "https:/127.1:PORT/api", "https:api"),
    *("javascript:1", "data:text/html,1", "blob:http://127.0.0.1/1", "view-source:http://127.1/"),
    *("../../../api/contents", "..%2f..%2f..%2fapi", "%2e%2e/%2e%2e/%2E%2E/api", ".%2e/.%2e/api"),
    *("/..;/api/contents", "//", "///api", "http://", "http:", "?a", "#a", "", "http://127.0.0.1:"),
    *("/a%40b/api/contents", "/a@b/api/contents", "/a%40b/neutrino/live/other/x"),
)
FETCHES: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "Navigate, cors", "Sec-Fetch-Dest": "document"},
    {},
)
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def targets(port: int) -> list[str]:
    hosts = [f"{scheme}{host}/api/contents" for host in HOSTS for scheme in PREFIXES]
    return [each.replace("PORT", str(port)) for each in (*hosts, *ODD)]


async def test_no_spelling_leads_a_call_out_of_the_prefix(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    prefix = f"{lab.base}neutrino/live/{id_}/"
    for target in targets(lab.app.port):
        for name in ("Location", "Content-Location", "Refresh"):
            text = f"0;url={target}" if name == "Refresh" else target
            try:
                asked = answering((name, text), status=307)
                answer = await lab.get(id_, asked, headers=FETCHES[0])
            except ValueError:
                continue
            led = answer.headers.get(name, prefix).removeprefix("0;url=")
            assert led.startswith(prefix), (name, target, led)
            assert ".." not in led, (name, target, led)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_whatever_calls_is_led_nowhere(lab: Lab, method: str) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    target = f"http://127.1:{lab.app.port}/api/contents"
    for status in (301, 302, 303, 307, 308, 200):
        path = f"neutrino/live/{id_}{answering(('Location', target), status=status)}"
        for headers in FETCHES:
            answer = await lab.ask(method, path, headers=headers)
            assert (answer.status, answer.headers.get("Location")) == (status, None)
            assert answer.headers["X-Neutrino-Withheld-Location"] == target
        shown = await lab.ask(method, path, headers=NAVIGATION)
        # A form is not sent on to where the app wants it.
        is_sent_again = method != "GET" and status in {307, 308}
        assert shown.headers.get("Location") == (None if is_sent_again else target)


async def test_a_redirect_within_the_notebook_goes_on_working(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    prefix = f"{lab.base}neutrino/live/{id_}"
    for target in ("/x?a=1", f"{prefix}/x?a=1", f"http://{lab.host}/x?a=1"):
        answer = await lab.get(id_, answering(("Location", target), status=303))
        assert answer.headers["Location"] == f"{prefix}/x?a=1"


PLACE = PublicAddress("/neutrino/live/1", "http", "127.0.0.1:8888", "neutrino-1-")
PIECES = st.sampled_from(
    [*HOSTS, *PREFIXES, *ODD, "/", "\\", "@", ":", "?", "#", "%2f", "..", ".", "127.0.0.1:8888"]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=6).map("".join))
def test_what_is_led_to_is_below_the_prefix_or_nowhere(target: str) -> None:
    led = location(target, PLACE, "/x/y")
    assert led is None or led.startswith("/neutrino/live/1/")
    assert led is None or not {"..", "."} & set(led.partition("?")[0].partition("#")[0].split("/"))
    leaves = location(target, PLACE, "/x/y", may_leave=True)
    assert leaves in (led, target)
