"""The API page of a served notebook: Swagger UI from our own files, safe in Jupyter's origin.

The page that the app itself brings would be sandboxed like all its pages, and could call nothing.
"""

from __future__ import annotations

import json
import secrets

from tornado.web import StaticFileHandler

from neutrino_lab.lab.handler import Handler, reads
from neutrino_lab.lab.registry import Notebook
from neutrino_lab.runtime import docs
from neutrino_lab.runtime.spec import Http

ASSETS = r"swagger-ui-bundle\.js|swagger-ui\.css|favicon-32x32\.png"

# Swagger UI sets styles on elements; scripts run only with the nonce.
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
# A policy of its own, as both have to agree: on any host, which the other one bounds, this path.
_PATHS = "connect-src *:*{prefix}/"
# Jupyter refuses a call from its own pages without the token of its cookie. The app writes what
# the page calls, and shall not have it call Jupyter in the reader's name.
_OPTIONS = """requestInterceptor: (request) => {
      if (!new URL(request.url, root).href.startsWith(root.href)) {
        request.signal = AbortSignal.abort(new Error("This is outside of the notebook."));
      }
      request.redirect = "manual";
      const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
      if (token) request.headers["X-XSRFToken"] = decodeURIComponent(token[1]);
      return request;
    },"""
# Nor shall a redirect lead there, whatever part of the page calls.
_SETUP = """const call = window.fetch.bind(window);
window.fetch = async (input, init) => {
  const answer = await call(input, { ...init, redirect: "manual" });
  if (answer.type === "opaqueredirect") {
    throw new Error("The answer is a redirect, which this page does not follow.");
  }
  return answer;
};"""


def is_ours(path: str, notebook: Notebook) -> bool:
    """Tell whether a path is the API page, and not one that the notebook declares itself."""
    if path not in {"/docs", "/docs/"}:
        return False
    serving = notebook.status.serving
    declared = serving.app.of(Http) if serving else ()
    return not any(each.path == path and each.verb == "GET" for each in declared)


def page(handler: Handler, notebook: Notebook) -> None:
    """Answer with Swagger UI for a served notebook, under a policy that runs its own scripts
    alone."""
    nonce = secrets.token_urlsafe(16)
    _ = handler.xsrf_token  # makes Jupyter set the cookie that the page reads it from
    # In a script, so that neither a quote nor the end of the script can be in it.
    live = json.dumps(f"{notebook.prefix}/").replace("<", "\\u003c")
    text = docs.page(
        f"{notebook.path}: API",
        assets=f"{handler.base_url}neutrino/static",
        root=f"new URL({live}, document.baseURI)",
        setup=_SETUP,
        options=_OPTIONS,
        nonce=nonce,
    )
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("Content-Security-Policy", _POLICY.format(nonce=nonce))
    handler.add_header("Content-Security-Policy", _PATHS.format(prefix=notebook.prefix))
    handler.finish(text)


class DocsHandler(Handler):
    """GET answers with the page of a served notebook under its own address."""

    @reads
    def get(self, id_: str) -> None:
        page(self, self.notebook(id_))


class AssetHandler(Handler, StaticFileHandler):
    """GET and HEAD answer with the scripts and styles of Swagger UI."""

    @reads
    async def get(self, path: str, include_body: bool = True) -> None:
        await StaticFileHandler.get(self, path, include_body)

    @reads
    async def head(self, path: str) -> None:
        """Answer as `get` does, without the body."""
        await StaticFileHandler.get(self, path, include_body=False)
