"""The page that hosts of MCP Apps show, in a document of jsdom's with a host around it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.lab.execution import mcp_server

JSDOM = Path(__file__).parents[2] / "node_modules" / "jsdom"
LINKED = "[picture <Figure size 640x480 with 1 Axes> (image/png): /api/outputs/0?type=image/png]"
HOST = """
const { JSDOM } = require(process.argv[1]);
const [page, sent] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const outer = new JSDOM('<iframe></iframe>', { runScripts: 'dangerously' }).window;
const frame = outer.document.querySelector('iframe');
const said = [];
// A browser says who has sent a message; this version of jsdom does not.
const say = (data, source = outer) => frame.contentWindow.dispatchEvent(
  new frame.contentWindow.MessageEvent('message', { data, source })
);
outer.addEventListener('message', ({ data }) => {
  said.push(data.method ?? data.id);
  if (data.method === 'ui/initialize') {
    const result = { hostContext: { theme: 'dark' } };
    say({ jsonrpc: '2.0', id: data.id, result });
  } else if (data.method === 'ui/notifications/initialized') {
    say({ jsonrpc: '2.0', method: 'ui/notifications/tool-result',
          params: { content: [{ type: 'text', text: 'a stranger' }] } }, frame.contentWindow);
    sent.forEach(each => say({ jsonrpc: '2.0', ...each }));
    frame.contentDocument.getElementById('open').click();
  } else if (data.method === 'ui/open-link') {
    const { document } = frame.contentWindow;
    const [cell] = document.querySelectorAll('.cell');
    const textOf = kind => cell.querySelector(kind)?.innerHTML ?? '';
    process.stdout.write(JSON.stringify({
      said, link: data.params.url, code: cell.querySelector('.code').textContent,
      output: textOf('.stdout'), error: textOf('.error p'), state: textOf('.foot'),
      cells: document.querySelectorAll('.cell').length,
      pictures: [...document.images].map(each => each.src),
      theme: document.documentElement.style.colorScheme,
      hidden: document.getElementById('open').hidden
    }));
    process.exit(0);
  }
});
frame.contentDocument.open();
frame.contentDocument.write(page);
frame.contentDocument.close();
"""


def shown(*sent: dict[str, Any]) -> dict[str, Any]:
    asking = {"neutrino": {"lab": "http://host/</script>/lab"}}
    given = json.dumps([mcp_server.notebook_page(asking), sent])
    ran = subprocess.run(
        ["node", "-e", HOST, str(JSDOM)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.mark.skipif(not JSDOM.exists(), reason="needs the packages of the front end: `jlpm`")
def test_it_shows_code_and_what_came_of_it_and_no_markup_of_others() -> None:
    told = shown(
        {
            "method": "ui/notifications/tool-input-partial",
            "params": {"arguments": {"code": "6 *"}},
        },
        {"method": "ui/notifications/tool-input", "params": {"arguments": {"code": "6 * 7"}}},
        {
            "method": "ui/notifications/tool-result",
            "params": {
                "content": [
                    {"type": "text", "text": f"<b>42</b>\n{LINKED}"},
                    {"type": "image", "mimeType": "image/png", "data": "AAAA"},
                    {"type": "image", "mimeType": "image/svg+xml", "data": "AAAA"},
                ],
                "structuredContent": {"status": "ok", "duration_ms": 3},
            },
        },
        {"id": 7, "method": "ui/resource-teardown"},
    )
    size = "ui/notifications/size-changed"
    assert told == {
        "said": ["ui/initialize", "ui/notifications/initialized", size, 7, "ui/open-link"],
        "link": "http://host/</script>/lab",
        "code": "6 * 7",
        "output": "&lt;b&gt;42&lt;/b&gt;",
        "error": "",
        "state": "Done · 3 ms",
        "cells": 1,
        "pictures": ["data:image/png;base64,AAAA"],
        "theme": "dark",
        "hidden": False,
    }


@pytest.mark.skipif(not JSDOM.exists(), reason="needs the packages of the front end: `jlpm`")
def test_an_error_is_shown_as_one() -> None:
    told = shown(
        {
            "method": "ui/notifications/tool-result",
            "params": {"content": [{"type": "text", "text": "NameError"}], "isError": True},
        }
    )
    assert (told["output"], told["error"], told["state"]) == ("", "NameError", "Failed")
