"""The API page: under both of its addresses, offline, with scripts that only it can name."""

from __future__ import annotations

import asyncio
import json
import re
from asyncio.subprocess import PIPE

from tests.jupyter import Lab

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return 1\n'


async def test_the_page_needs_nothing_from_elsewhere(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HELLO)
    for path in (f"neutrino/docs/{id_}", f"neutrino/live/{id_}/docs"):
        page = await lab.ask("GET", path)
        assert page.status == 200
        assert re.findall(r"https?://", page.text) == []
        nonce = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert len(nonce) == 1
        assert f"script-src 'nonce-{nonce.pop()}';" in page.headers["Content-Security-Policy"]
        for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            found = await lab.ask("GET", asset.removeprefix(lab.base))
            assert (found.status, len(found.body) > 100) == (200, True)


async def test_the_description_names_the_prefix(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HELLO)
    described = (await lab.get(id_, "/openapi.json")).json
    assert described["servers"] == [{"url": f"{lab.base}neutrino/live/{id_}"}]
    assert list(described["paths"]) == ["/hello"]


async def test_a_notebook_may_have_a_docs_page_of_its_own(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HELLO.replace("/hello", "/docs"))
    assert (await lab.get(id_, "/docs")).json == 1


async def test_only_its_own_assets_are_given_away(lab: Lab) -> None:
    for name in ("README.md", "..%2fdocs.py", "../docs.py"):
        assert (await lab.ask("GET", f"neutrino/static/{name}")).status == 404


async def test_the_page_calls_its_own_notebook_alone(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HELLO)
    page = await lab.ask("GET", f"neutrino/docs/{id_}")
    found = re.search(r"requestInterceptor: (.*?\n    \}),\n", page.text, re.DOTALL)
    assert found
    asked = {
        "http://host/live/1/hello": True,
        "hello?a=1": True,
        "http://host/live/1/../../api/kernels": False,
        "http://host/live/1/%2e%2e/2/hello": False,
        "http://host/live/12": False,
        "/api/kernels": False,
        "//elsewhere/live/1/hello": False,
    }
    script = (
        "const root = new URL('http://host/live/1/'), document = {cookie: '_xsrf=%7C1'};"
        f"const asked = {json.dumps(list(asked))}, call = {found[1]};"
        "const told = asked.map((url) => call({url, headers: {}}));"
        "console.log(JSON.stringify(told.map(({signal, headers, redirect}) => "
        "[!signal?.aborted, headers, redirect])))"
    )
    node = await asyncio.create_subprocess_exec("node", "-e", script, stdout=PIPE)
    printed, _ = await node.communicate()
    assert json.loads(printed) == [[let, {"X-XSRFToken": "|1"}, "manual"] for let in asked.values()]


async def test_what_else_calls_follows_no_redirect_and_stays_below_the_notebook(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", HELLO)
    page = await lab.ask("GET", f"neutrino/docs/{id_}")
    policies = page.headers.getall("Content-Security-Policy")  # type: ignore[attr-defined]
    assert policies[1] == f"connect-src *:*{lab.base}neutrino/live/{id_}/"
    found = re.search(r"const call = window\.fetch.*?\n\};", page.text, re.DOTALL)
    assert found
    # Before anything that calls.
    assert page.text.index(found[0]) < page.text.index("fetch(new URL")
    script = (
        "const asked = []; const window = {fetch: async (url, init) => {"
        "asked.push(init.redirect); return {type: url}; }};"
        f"{found[0]};"
        "const tell = (url, init) => window.fetch(url, init).then((a) => a.type, (e) => e.message);"
        "Promise.all([tell('basic'), tell('opaqueredirect', {redirect: 'follow'})])"
        ".then((told) => console.log(JSON.stringify([...told, ...asked])))"
    )
    node = await asyncio.create_subprocess_exec("node", "-e", script, stdout=PIPE)
    printed, _ = await node.communicate()
    refusal = "The answer is a redirect, which this page does not follow."
    assert json.loads(printed) == ["basic", refusal, "manual", "manual"]
