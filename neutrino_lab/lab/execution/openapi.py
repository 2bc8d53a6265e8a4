"""The API as an OpenAPI 3.1 document, from the same models that check the bodies."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from neutrino_lab import __version__
from neutrino_lab.lab.execution.bodies import (
    ChatBody,
    DecisionBody,
    ExecuteBody,
    ExecutionAnswer,
    RunningAnswer,
    SessionBody,
)
from neutrino_lab.lab.protocol.problem import Problem
from neutrino_lab.lab.protocol.sessions import SessionAnswer
from neutrino_lab.runtime.tools.definition import FORMATS

_MODELS = (
    *(ExecuteBody, SessionBody, ChatBody, DecisionBody),
    *(ExecutionAnswer, RunningAnswer, SessionAnswer, Problem),
)
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_MODEL = {"name": "model", "in": "query", "schema": {"type": "string"}}
_BASE_URL = {**_MODEL, "name": "base_url"}
_PATH = {"name": "path", "in": "path", "required": True, "schema": {"type": "string"}}
_LAST = {
    "name": "Last-Event-ID",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The id of the last event that was received: what followed it is sent.",
}


def document(base_url: str) -> dict[str, Any]:
    """Write the document for a server below a base URL."""
    _, schemas = models_json_schema(
        [(each, "validation") for each in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Neutrino Lab: code on kernels",
            "version": __version__,
            "description": "Runs code in Jupyter kernels, within limits.",
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}, {"query": []}],
        "paths": {f"/api/jupyter/{path}": calls for path, calls in _paths().items()},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token TOKEN`",
                },
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    finished = _answer("The execution; how it went is its `status`.", "ExecutionAnswer")
    finished["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    session = _answer("The session.", "SessionAnswer")
    done: dict[str, Any] = {"description": "Done."}
    bytes_ = _raw("application/octet-stream")
    listed = {"type": "array", "items": _ref("SessionAnswer")}
    sessions = {"description": "Your sessions.", "content": _json(listed)}
    whole = _json({"type": "object"})
    chat = {"description": "The chat.", "content": whole}
    events: dict[str, Any] = {"text/event-stream": {"schema": {"type": "string"}}, **whole}
    return {
        "execute": {
            "post": _call(
                "Run code",
                {"200": finished, "202": _answer("It was begun.", "RunningAnswer")},
                body=_json(_ref("ExecuteBody")),
                parameters=[_LAST],
            )
        },
        "executions/{id}": {
            "get": _call("See how it stands", {"200": finished}, [_ID, _LAST]),
            "delete": _call("Interrupt it", {"200": finished}, [_ID]),
        },
        "executions/{id}/outputs/{index}": {
            "get": _call(
                "Get one output",
                {"200": bytes_},
                [
                    _ID,
                    {**_ID, "name": "index", "schema": {"type": "integer"}},
                    {"name": "type", "in": "query", "schema": {"type": "string"}},
                ],
            )
        },
        "kernel": {
            "get": _call("List your sessions", {"200": sessions}),
            "post": _call("Open a session", {"201": session}, body=_json(_ref("SessionBody"))),
        },
        "kernel/{id}": {
            "get": _call("See a session", {"200": session}, [_ID]),
            "delete": _call("End a session", {"204": done}, [_ID]),
        },
        "kernel/{id}/interrupt": {
            "post": _call("Interrupt what runs in it", {"200": session}, [_ID])
        },
        "kernel/{id}/restart": {"post": _call("Give it a fresh kernel", {"200": session}, [_ID])},
        "kernel/{id}/files/{path}": {
            "get": _call("Read a file", {"200": bytes_}, [_ID, _PATH]),
            "put": _call("Write a file", {"201": done}, [_ID, _PATH], body=bytes_["content"]),
            "delete": _call("Delete a file", {"204": done}, [_ID, _PATH]),
        },
        "kernel/{id}/notebook": {
            "get": _call("Get it as a notebook", {"200": _raw("application/x-ipynb+json")}, [_ID])
        },
        "kernel/{id}/artifact": {
            "get": _call("See it on a page that follows it", {"200": _raw("text/html")}, [_ID])
        },
        "chat": {
            "get": _call("See which model is asked", {"200": chat}, [_MODEL, _BASE_URL]),
            "post": _call(
                "Ask a model that may run code",
                {"200": {"description": "What it says, runs and gets.", "content": events}},
                [_LAST],
                _json(_ref("ChatBody")),
            ),
        },
        "chat/{id}": {
            "get": _call("Follow a chat", {"200": {**chat, "content": events}}, [_ID, _LAST]),
            "delete": _call("Stop it", {"200": chat}, [_ID]),
        },
        "chat/{id}/calls/{call_id}": {
            "post": _call(
                "Decide about code that waits",
                {"204": done},
                [_ID, {**_ID, "name": "call_id"}],
                _json(_ref("DecisionBody")),
            )
        },
        "tools": {
            "get": _call(
                "Get the tools for a model",
                {"200": {"description": "The tools.", "content": _json({})}},
                [{"name": "format", "in": "query", "schema": {"enum": list(FORMATS)}}],
            )
        },
    }


def _call(
    summary: str,
    answers: dict[str, Any],
    parameters: list[Any] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    problem = {"description": "What was wrong.", "content": _json(_ref("Problem"))}
    refused = dict.fromkeys(("400", "403", "404", "429", "503"), problem)
    made: dict[str, Any] = {"summary": summary, "responses": {**answers, **refused}}
    if parameters:
        made["parameters"] = parameters
    if body is not None:
        made["requestBody"] = {"content": body}
    return made


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _answer(about: str, model: str) -> dict[str, Any]:
    return {"description": about, "content": _json(_ref(model))}


def _raw(media: str) -> dict[str, Any]:
    return {"description": "Its bytes.", "content": {media: {}}}
