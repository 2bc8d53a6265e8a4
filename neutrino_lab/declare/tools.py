"""The HTTP endpoints of a project as tools, told by the source alone: nothing is run for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from neutrino_lab.declare import input_schema
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.runtime.http.routes import operation_ids
from neutrino_lab.runtime.spec import App, Http
from neutrino_lab.runtime.tools import endpoints, schemas
from neutrino_lab.runtime.tools.endpoints import EndpointTool


def of(app: App, facts: Mapping[tuple[str, int], Facts]) -> list[EndpointTool]:
    """Describe every endpoint, in the order of the cells. `facts` are those of each cell, by
    module and number."""
    names = operation_ids(app.of(Http))
    defined = {module: input_schema.defined(module, facts) for module in app.modules}
    return endpoints.apart(
        _tool(
            each,
            names[each.verb, each.path],
            facts.get((each.module, each.cell), Facts()),
            defined.get(each.module, frozenset()),
        )
        for each in app.of(Http)
    )


def _tool(http: Http, name: str, facts: Facts, defined: frozenset[str]) -> EndpointTool:
    function = facts.function(http.name)
    return endpoints.make(
        http,
        name,
        docstring=function.docstring if function else "",
        inputs=input_schema.of(http, function, defined),
        output=schemas.of_answer(http.resp, partial(input_schema.resolve, defined=defined)),
    )
