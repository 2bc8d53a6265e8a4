"""The API's own pages: its description as OpenAPI, and Swagger UI to try it, from local files."""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.errors import PydanticInvalidForJsonSchema
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from .middleware.access import CALLER, secured
from .paths import DOCS, OPENAPI
from .problems import LOGGER

STATIC = Path(__file__).parent / "static"

# Where the page itself is: it works under any prefix, known to the app or not.
HERE = 'new URL(".", document.baseURI)'

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script{nonce} src="{assets}/swagger-ui-bundle.js"></script>
<script{nonce}>
const root = {root};
{setup}
fetch(new URL("openapi.json", root)).then((answer) => answer.json()).then((spec) => {{
  spec.servers = [{{ url: root.href.replace(/[/]$/, "") }}];
  SwaggerUIBundle({{
    spec, dom_id: "#swagger-ui", deepLinking: true, layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis], validatorUrl: null,
    {options}
  }});
}});
</script>
</body>
</html>
"""


def page(  # noqa: PLR0913 - each is a gap in the page
    title: str,
    *,
    assets: str,
    root: str = HERE,
    setup: str = "",
    options: str = "",
    nonce: str = "",
) -> str:
    """Write the page. `root` is JavaScript for the URL that the app answers below, `setup` runs
    before anything is called, `options` are further ones of Swagger UI, and `nonce` is what a
    Content-Security-Policy knows the scripts by.
    """
    return _PAGE.format(
        title=html.escape(title),
        assets=html.escape(assets),
        root=root,
        setup=setup,
        options=options,
        nonce=f' nonce="{nonce}"' if nonce else "",
    )


def add_routes(api: FastAPI) -> None:
    """Serve the description as JSON at /openapi.json, and Swagger UI at /docs."""
    answer = HTMLResponse(page(api.title, assets=f"{DOCS[1:]}/assets"))

    async def docs(_request: Request) -> Response:
        return answer

    async def openapi(request: Request) -> Response:
        schema = described(api)
        prefix = request.scope.get("root_path", "").rstrip("/")
        if prefix:
            schema = {**schema, "servers": [{"url": prefix}]}
        if CALLER in request.scope:
            schema = secured(schema)
        return Response(json.dumps(schema, ensure_ascii=False), media_type="application/json")

    api.add_route(OPENAPI, openapi, include_in_schema=False)
    api.add_route(DOCS, docs, include_in_schema=False)
    api.router.routes.append(Mount(f"{DOCS}/assets", _assets()))


@cache
def _assets() -> StaticFiles:
    """Serves the files, in each version of a notebook alike."""
    return StaticFiles(directory=STATIC)


def described(api: FastAPI) -> dict[str, Any]:
    """Describe the API, without the endpoints whose types have no description."""
    try:
        return api.openapi()
    except PydanticInvalidForJsonSchema:
        for route in api.routes:
            if isinstance(route, APIRoute) and not _is_describable(route):
                LOGGER.warning("%s is not in %s: a type has no JSON schema", route.path, OPENAPI)
                route.include_in_schema = False
    return api.openapi()


def _is_describable(route: APIRoute) -> bool:
    try:
        get_openapi(title="", version="", routes=[route])
    except PydanticInvalidForJsonSchema:
        return False
    return True
