"""What the proxy lets pages of a served app do in a browser: sandbox, cookies, redirects."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from neutrino_lab.lab.forwarding import PublicAddress, location
from tests.jupyter import Lab
from tests.lab.upstream import ID, Upstream


def answering(*headers: tuple[str, str], type_: str = "") -> str:
    query = {"headers": json.dumps(headers), **({"type": type_} if type_ else {})}
    return f"/answer?{urlencode(query)}"


@pytest.mark.parametrize(
    "media",
    [
        *("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/plain", ""),
        *("application/pdf;,text/html", "application/pdf, text/html", "application/pdfx"),
    ],
)
async def test_what_a_browser_may_show_is_sandboxed(
    lab: Lab, upstream: Upstream, media: str
) -> None:
    answer = await lab.get(ID, answering(type_=media))
    assert answer.headers.getall("Content-Security-Policy") == [  # type: ignore[attr-defined]
        "sandbox allow-scripts allow-forms allow-popups allow-downloads"
    ]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_only_a_pdf_that_is_nothing_else_is_not_sandboxed(
    lab: Lab, upstream: Upstream
) -> None:
    document, page = ("Content-Type", "Application/PDF; a=b"), ("Content-Type", "text/html")
    alone = await lab.get(ID, answering(document))
    both = await lab.get(ID, answering(page, document))
    assert "Content-Security-Policy" not in alone.headers
    assert "Content-Security-Policy" in both.headers


async def test_the_policy_of_the_app_holds_besides(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.get(ID, answering(("Content-Security-Policy", "default-src 'self'")))
    assert answer.headers.getall("Content-Security-Policy") == [  # type: ignore[attr-defined]
        "default-src 'self'",
        "sandbox allow-scripts allow-forms allow-popups allow-downloads",
    ]


async def test_a_trusted_page_has_no_sandbox(lab: Lab, upstream: Upstream) -> None:
    lab.services.sandboxed = False
    answer = await lab.get(ID, answering(type_="text/html"))
    assert "Content-Security-Policy" not in answer.headers


@pytest.mark.parametrize(
    "name",
    [
        *("Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"),
        *("WWW-Authenticate", "Accept-CH", "Set-Login"),
    ],
)
async def test_what_holds_for_the_whole_origin_is_dropped(
    lab: Lab, upstream: Upstream, name: str
) -> None:
    answer = await lab.get(ID, answering((name, '"*"')))
    assert name not in answer.headers


async def test_a_cookie_is_not_bound_elsewhere_by_odd_spelling(
    lab: Lab, upstream: Upstream
) -> None:
    spelled = "a=1; DOMAIN =example.com; Path =/x; HttpOnly"
    answer = await lab.get(ID, answering(("Set-Cookie", spelled)))
    prefix = f"{lab.base}neutrino/live/{ID}"
    assert answer.cookies == [f"neutrino-{ID}-a=1; HttpOnly; Path={prefix}/x"]


async def test_a_referrer_that_is_no_address_harms_nothing(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.get(ID, "/headers", headers={"Referer": f"http://[?a=1&token={lab.token}"})
    assert dict(answer.json)["referer"] == "http://[?a=1"


async def test_cookies_are_the_apps_own(lab: Lab, upstream: Upstream) -> None:
    login = await lab.login()
    answer = await lab.get(ID, "/twins", token=False, headers=login)
    prefix = f"{lab.base}neutrino/live/{ID}/"
    assert sorted(answer.cookies) == [
        f"neutrino-{ID}-_xsrf=mine; SameSite=lax; Path={prefix}",
        f"neutrino-{ID}-a=1; SameSite=lax; Path={prefix}",
    ]


@pytest.mark.parametrize(
    ("target", "landing"),
    [
        ("/hello", "{prefix}/hello"),
        ("hello?a=1#b", "{prefix}/hello?a=1#b"),
        ("{prefix}/there/", "{prefix}/there/"),
        ("http://{host}/lab", "{prefix}/lab"),
        ("//{host}/lab", "{prefix}/lab"),
        ("http://somebody:x@{host}/lab", "{prefix}/lab"),
        ("HTTP://{host}/lab", "{prefix}/lab"),
        ("///lab", "{prefix}/lab"),
        ("http:lab", "{prefix}/lab"),
        ("../../../lab", "{prefix}/"),
        ("/%2e%2e/lab", "{prefix}/"),
    ],
)
async def test_redirects_stay_under_the_prefix(
    lab: Lab, upstream: Upstream, target: str, landing: str
) -> None:
    names = {"prefix": f"{lab.base}neutrino/live/{ID}", "host": lab.host}
    answer = await lab.get(ID, answering(("Location", target.format(**names))))
    location = answer.headers["Location"]
    if target == "../../../lab":
        assert location.startswith(names["prefix"])
    else:
        assert location == landing.format(**names)


@pytest.mark.parametrize("target", ["//example.com/x", "https://example.com/x"])
async def test_a_redirect_to_elsewhere_is_for_navigations_alone(
    lab: Lab, upstream: Upstream, target: str
) -> None:
    asked = answering(("Location", target))
    navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    shown = await lab.get(ID, asked, headers=navigation)
    assert shown.headers["Location"] == target
    called = await lab.get(ID, asked, headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})
    assert "Location" not in called.headers
    assert called.headers["X-Neutrino-Withheld-Location"] == target


async def test_a_redirect_of_a_call_by_name_is_told_and_not_followed(
    lab: Lab, upstream: Upstream
) -> None:
    path = f"/redirect?{urlencode({'to': 'http://127.1:8888/api/contents'})}"
    followed = await lab.get(ID, path)
    told = await lab.get(ID, path, headers={"X-Neutrino-Call": "c1"})
    assert (followed.status, followed.headers.get("X-Neutrino-Status")) == (307, None)
    assert (told.status, told.headers["X-Neutrino-Status"]) == (200, "307 Temporary Redirect")
    assert told.headers.get("Location") == followed.headers.get("Location")


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "/\\evil.com", "http://["]
)
async def test_a_redirect_to_no_web_address_is_dropped(
    lab: Lab, upstream: Upstream, target: str
) -> None:
    assert "Location" not in (await lab.get(ID, answering(("Location", target)))).headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("5", "5"),
        ("0;url=/lab", "0;url={prefix}/lab"),
        ("0,URL='/lab'", "0;url={prefix}/lab"),
        ("0 /lab", "0;url={prefix}/lab"),
        ("0;url=javascript:x", None),
        ("soon", None),
    ],
)
async def test_a_refresh_stays_under_the_prefix(
    lab: Lab, upstream: Upstream, given: str, kept: str | None
) -> None:
    prefix = f"{lab.base}neutrino/live/{ID}"
    answer = await lab.get(ID, answering(("Refresh", given)))
    assert answer.headers.get("Refresh") == (kept and kept.format(prefix=prefix))


async def test_a_default_port_and_a_login_name_no_other_server() -> None:
    place = PublicAddress("/live/1", "https", "example.com", "neutrino-1-")
    assert location("https://me@EXAMPLE.com:443/lab", place, "/") == "/live/1/lab"
    elsewhere = "https://example.com:8443/lab"
    assert location(elsewhere, place, "/") is None
    assert location(elsewhere, place, "/", may_leave=True) == elsewhere


async def test_the_bare_address_leads_to_the_slash(lab: Lab, upstream: Upstream) -> None:
    answer = await lab.get(ID, f"?a=1&token={lab.token}")
    assert answer.status == 302
    assert answer.headers["Location"] == f"{lab.base}neutrino/live/{ID}/?a=1"
