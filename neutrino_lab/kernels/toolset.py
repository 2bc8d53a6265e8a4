"""The tools that a model is given: one JSON Schema each, in every dialect."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

from neutrino_lab.kernels import document, files
from neutrino_lab.kernels.errors import KernelsError, MalformedError
from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.files import is_text
from neutrino_lab.kernels.service import Request, Service
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.runtime.tools.definition import Tool, ToolResult, shortened

# What people ask for most; a model is told which of them are there.
_ASKED_FOR = (
    *("numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "seaborn", "plotly", "polars"),
    *("pyarrow", "statsmodels", "sympy", "requests", "pillow", "openpyxl", "duckdb", "torch"),
)
_MOST_READ_CHARACTERS = 20_000
PAGE = "ui://neutrino-lab/notebook.html"
"""What shows code and its outputs in hosts of MCP Apps."""

EXECUTE = "executeNotebook"
Follow: TypeAlias = Callable[[Execution], Awaitable[None]]


def tools(settings: Settings) -> list[Tool]:
    """Give all tools, their descriptions true of this service."""
    session_id = {"type": "string", "description": "The id that openSession gave."}
    path = {"type": "string", "description": "A path within the session's folder, such as a.csv."}
    return [
        Tool(
            EXECUTE,
            "Run Python",
            _about_execution(settings),
            _schema(
                code={"type": "string", "description": "The code of one notebook cell."},
                session_id={**session_id, "optional": True},
                timeout_s={
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": settings.most_timeout_s,
                    "description": f"The time limit in seconds ({settings.timeout_s:g}).",
                    "optional": True,
                },
            ),
            reaches_out=_has_network(settings),
            page=PAGE,
        ),
        Tool(
            "openSession",
            "Open a session",
            "Open a session, whose variables, imports and files are kept from one executeNotebook "
            "to the next until it ends; gives its session_id. "
            f"It ends by itself after {settings.ttl_s / 60:g} minutes without use.",
            _schema(),
            destroys=False,
        ),
        Tool(
            "listSessions",
            "List sessions",
            "List the open sessions, with their state, limits and memory.",
            _schema(),
            reads=True,
        ),
        Tool(
            "restartSession",
            "Restart a session",
            "Give a session a fresh kernel: its variables are lost, its files stay.",
            _schema(session_id=session_id),
        ),
        Tool(
            "uploadFile",
            "Write a file",
            "Write a file into a session's folder, where code opens it by its path.",
            _schema(
                session_id=session_id,
                path=path,
                content={"type": "string", "description": "The text, or base64 of the bytes."},
                encoding={"type": "string", "enum": ["text", "base64"], "optional": True},
            ),
        ),
        Tool(
            "readFile",
            "Read a file",
            "Read a text file of a session's folder; a long one is cut in the middle.",
            _schema(session_id=session_id, path=path),
            reads=True,
        ),
        Tool(
            "getNotebook",
            "Get the notebook",
            "Give all that was run in a session as a Jupyter notebook, without its outputs.",
            _schema(session_id=session_id),
            reads=True,
        ),
    ]


async def call(
    service: Service,
    owner: str,
    name: str,
    arguments: Mapping[str, Any],
    follow: Follow | None = None,
) -> ToolResult:
    """Call a tool; an execution that it began is ended with the call, and may be followed before.

    What a model can fix is an answer with `is_error`; an unknown tool raises MalformedError.
    """
    known = next((each for each in tools(service.settings) if each.name == name), None)
    if known is None:
        raise MalformedError(f"There is no tool {name}.", name=name)
    try:
        given = _checked(known, arguments)
        if name == EXECUTE:
            return await _execute(service, owner, given, follow)
        return await _CALLS[name](service, owner, given)
    except KernelsError as error:
        return ToolResult(str(error), is_error=True, data={"code": error.code})


async def _execute(
    service: Service, owner: str, given: Mapping[str, Any], follow: Follow | None
) -> ToolResult:
    execution = await service.execute(
        owner,
        Request(
            given["code"],
            session_id=given.get("session_id"),
            timeout_s=float(given.get("timeout_s") or 0),
        ),
    )
    try:
        if follow is not None:
            await follow(execution)
        result = await execution.finished()
    finally:
        if not execution.is_over:
            execution.stop.set()
    details = result.as_dict()
    pictures = tuple(
        (media, data)
        for output in result.outputs
        for media, data in output.get("data", {}).items()
        if media in {"image/png", "image/jpeg"} and isinstance(data, str)
    )
    del details["outputs"]
    return ToolResult(result.text, result.status != "ok", pictures, details)


async def _open(service: Service, owner: str, _: Mapping[str, Any]) -> ToolResult:
    details = (await service.open_session(owner)).as_dict()
    return ToolResult(f"Opened: session_id {details['session_id']}", data=details)


async def _list(service: Service, owner: str, _: Mapping[str, Any]) -> ToolResult:
    listed = [each.as_dict() for each in service.listed(owner)]
    lines = [f"{each['session_id']}: {each['name']}, {each['state']}" for each in listed]
    return ToolResult("\n".join(lines) or "There is no session.", data={"sessions": listed})


async def _restart(service: Service, owner: str, given: Mapping[str, Any]) -> ToolResult:
    session = await service.restart_session(given["session_id"], owner)
    return ToolResult("Restarted: its variables are lost.", data=session.as_dict())


async def _upload(service: Service, owner: str, given: Mapping[str, Any]) -> ToolResult:
    content = given["content"].encode()
    if given.get("encoding") == "base64":
        try:
            content = base64.b64decode(given["content"], validate=True)
        except (ValueError, binascii.Error):
            raise MalformedError("The content is no base64.") from None
    files.write(await service.folder(given["session_id"], owner), given["path"], content)
    return ToolResult(f"Wrote {given['path']}, {len(content):,} bytes.")


async def _read(service: Service, owner: str, given: Mapping[str, Any]) -> ToolResult:
    content = files.read(await service.folder(given["session_id"], owner), given["path"])
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise MalformedError(
            f"{given['path']} is no text ({len(content):,} bytes): read it by code."
        ) from None
    return ToolResult(shortened(text, _MOST_READ_CHARACTERS))


async def _notebook(service: Service, owner: str, given: Mapping[str, Any]) -> ToolResult:
    made = document.notebook(service.sessions.get(given["session_id"], owner))
    sources = [f"# In [{n}]\n{cell['source']}" for n, cell in enumerate(made["cells"], 1)]
    return ToolResult(shortened("\n\n".join(sources) or "Nothing was run.", _MOST_READ_CHARACTERS))


_CALLS = {
    "openSession": _open,
    "listSessions": _list,
    "restartSession": _restart,
    "uploadFile": _upload,
    "readFile": _read,
    "getNotebook": _notebook,
}
NAMES = (EXECUTE, *_CALLS)


def _about_execution(settings: Settings) -> str:
    limits = settings.isolation.limits
    network = "The network may be used." if _has_network(settings) else "There is no network."
    memory = f"{limits.memory_mb} MB of memory, " if limits.memory_mb else ""
    found = [each for each in _ASKED_FOR if _is_installed(each)]
    installed = f"Installed beside the standard library: {', '.join(found)}. " if found else ""
    return (
        "Run Python code in a real Jupyter kernel and get what it prints and shows. With a "
        "session_id, variables, imports and files are kept between calls; without one the code "
        "runs in a fresh kernel and nothing is kept. If the answer says that state is lost, "
        "define again what you need. Show tables as the last expression and plots with "
        f"matplotlib; read files by relative paths. Limits: {settings.timeout_s:g} s for a call "
        f"unless timeout_s says otherwise, {memory}"
        f"{settings.output_bytes / 1e6:g} MB of output. {network} {installed}"
        "input() is answered with an error."
    )


def _has_network(settings: Settings) -> bool:
    return settings.isolation.network or settings.isolation.kind == "process"


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    """Make the schema of an object; what is not marked as optional is required."""
    copied = copy.deepcopy(properties)
    required = [name for name, each in copied.items() if not each.pop("optional", False)]
    return {
        "type": "object",
        "properties": copied,
        "required": required,
        "additionalProperties": False,
    }


def _checked(tool: Tool, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check arguments; a model writes null for what it leaves out. Raises MalformedError."""
    known = tool.schema["properties"]
    given = {name: each for name, each in arguments.items() if each is not None}
    for name, value in given.items():
        if name not in known:
            raise MalformedError(
                f"{tool.name} has no argument {name}; it has {', '.join(known) or 'none'}."
            )
        wanted = known[name]["type"]
        fits = isinstance(value, str if wanted == "string" else (int, float))
        if not fits or isinstance(value, bool):
            raise MalformedError(f"The argument {name} of {tool.name} has to be a {wanted}.")
        if isinstance(value, str) and not is_text(value):
            raise MalformedError(f"The argument {name} holds half of a character.")
        allowed = known[name].get("enum")
        if allowed and value not in allowed:
            raise MalformedError(f"The argument {name} has to be one of {', '.join(allowed)}.")
    if missing := [name for name in tool.schema["required"] if name not in given]:
        raise MalformedError(f"{tool.name} needs the argument {missing[0]}.")
    return given
