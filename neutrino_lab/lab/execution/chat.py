"""Questions to a model that may run code: what it says, what it runs, what came of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from neutrino_lab.generate.errors import ModelError
from neutrino_lab.generate.model import Model, PromptMessage, Text, ToolCall, Usage
from neutrino_lab.kernels import files, toolset, variables
from neutrino_lab.kernels.errors import KernelsError, NoExecutionError
from neutrino_lab.kernels.event_log import EventLog
from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.tasks import Tasks, call_off
from neutrino_lab.runtime.tools.definition import Tool, ToolResult, definitions

KEY = "neutrino_lab_chats"
# The tools of one session; which one it is, is not the model's to say.
TOOLS = (toolset.EXECUTE, "uploadFile", "readFile")
_MOST_LISTED = 40
_MOST_KEPT = 50

Status: TypeAlias = Literal["ok", "stopped", "rounds", "time"]


@dataclass(frozen=True, slots=True)
class Question:
    """Messages up to the question itself, as `/chat/completions` has them.

    `asks_first`: a person decides about each piece of code before it runs. `rounds` is how often
    the model may be called, `within_s` how long all of it may take, without waiting for persons.
    """

    messages: Sequence[PromptMessage]
    session_id: str
    asks_first: bool = False
    rounds: int = 12
    within_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says to code that is to run. `code` is what to run instead, if any."""

    is_run: bool
    code: str | None = None
    remark: str = ""


class Chat(EventLog):
    """One question and its answer, as events.

    `started`, then in any number `text`, `tool_call`, `output`, `progress`, `tool_result` and
    `usage`, then `done`, whose `messages` continue the conversation. A call that waits for a
    person has `is_waiting`; it goes on by `decide`.
    """

    def __init__(self, owner: str, question: Question) -> None:
        super().__init__()
        self.owner = owner
        self.question = question
        self.stop = asyncio.Event()
        self._decisions: dict[str, asyncio.Future[Decision]] = {}
        self._made: list[PromptMessage] = []
        self._tokens = [0, 0]
        self._rounds = 0
        self._waited_s = 0.0

    def decide(self, call_id: str, decision: Decision) -> None:
        """Say what becomes of a call that waits. Raises NoExecutionError if it does not."""
        waiting = self._decisions.get(call_id)
        if waiting is None or waiting.done():
            raise NoExecutionError(call_id)
        waiting.set_result(decision)

    async def run(self, model: Model, service: Service) -> None:
        """Answer the question. It never raises: what fails is the end of the log."""
        began = time.monotonic()
        working = asyncio.create_task(self._converse(model, service))
        stopping = asyncio.create_task(self.stop.wait())
        try:
            status: Status = "time"
            while (left_s := self._left_s(began)) > 0:
                await asyncio.wait(
                    {working, stopping}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED
                )
                if working.done() or stopping.done():
                    status = working.result() if working.done() else "stopped"
                    break
            self._finish(status, began)
        except (ModelError, KernelsError) as error:
            self.fail(error)
        finally:
            await call_off(working, stopping)
            if not self.is_over:
                self._finish("stopped", began)

    def _left_s(self, began: float) -> float:
        waits = any(not each.done() for each in self._decisions.values())
        # A person may take their time.
        return (
            1.0 if waits else self.question.within_s + self._waited_s - (time.monotonic() - began)
        )

    def _finish(self, status: Status, began: float) -> None:
        self.tell(
            "done",
            {
                "status": status,
                "rounds": self._rounds,
                "prompt_tokens": self._tokens[0],
                "completion_tokens": self._tokens[1],
                "duration_ms": round(1000 * (time.monotonic() - began)),
                "messages": self._made,
            },
        )
        self.end()

    async def _converse(self, model: Model, service: Service) -> Status:
        question = self.question
        self.tell(
            "started",
            {
                "chat_id": self.id,
                "session_id": question.session_id,
                "question": question.messages[-1].get("content", ""),
                "model": model.settings.model,
                "host": model.settings.host,
            },
        )
        opening = {"role": "system", "content": await self._prompt(service)}
        known = [each for each in toolset.tools(service.settings) if each.name in TOOLS]
        tools = definitions("openai", [_of_session(each) for each in known])
        for self._rounds in range(1, question.rounds + 1):
            messages = [opening, *question.messages, *self._made]
            calls = await self._answer(model, messages, tools)
            if not calls:
                return "ok"
            for call in calls:
                answer = await self._call(service, call)
                content = answer.text or "It ended, and printed nothing."
                self._made.append({"role": "tool", "tool_call_id": call.id, "content": content})
        return "rounds"

    async def _answer(
        self, model: Model, messages: Sequence[PromptMessage], tools: Sequence[Mapping[str, Any]]
    ) -> list[ToolCall]:
        """Let the model speak once; tell what it says, and give the calls it asks for."""
        calls: list[ToolCall] = []
        said: list[str] = []
        async with aclosing(model.answer(messages, tools)) as parts:
            async for part in parts:
                if isinstance(part, Text):
                    said.append(part.text)
                    self.tell("text", {"text": part.text})
                elif isinstance(part, ToolCall):
                    calls.append(part)
                elif isinstance(part, Usage):
                    self._tokens[0] += part.prompt_tokens
                    self._tokens[1] += part.completion_tokens
                    self.tell(
                        "usage",
                        {
                            "round": self._rounds,
                            "prompt_tokens": part.prompt_tokens,
                            "completion_tokens": part.completion_tokens,
                        },
                    )
        message: dict[str, Any] = {"role": "assistant", "content": "".join(said)}
        if calls:
            message["tool_calls"] = [
                {
                    "id": each.id,
                    "type": "function",
                    "function": {"name": each.name, "arguments": each.arguments},
                }
                for each in calls
            ]
        self._made.append(message)
        return calls

    async def _call(self, service: Service, call: ToolCall) -> ToolResult:
        """Do what the model asks for. What it has done wrong is an answer, which it can fix."""
        try:
            arguments = json.loads(call.arguments or "{}")
        except ValueError as error:
            arguments, wrong = None, f"The arguments are no JSON: {error}."
        else:
            wrong = "" if isinstance(arguments, dict) else "The arguments have to be an object."
        if wrong or call.name not in TOOLS:
            wrong = wrong or f"There is no tool {call.name}; there are {', '.join(TOOLS)}."
            self._tell_call(call, {})
            return self._report(call, ToolResult(wrong, is_error=True))
        refusal = await self._refused(call, arguments)
        if refusal is not None:
            return self._report(call, refusal)
        arguments = {**arguments, "session_id": self.question.session_id}
        answer = await toolset.call(service, self.owner, call.name, arguments, self._follower(call))
        return self._report(call, answer)

    async def _refused(self, call: ToolCall, arguments: dict[str, Any]) -> ToolResult | None:
        """Ask a person about code, where one wants to be asked; what they change is changed."""
        waits = self.question.asks_first and call.name == toolset.EXECUTE
        self._tell_call(call, arguments, is_waiting=waits)
        if not waits:
            return None
        self._decisions[call.id] = asyncio.get_running_loop().create_future()
        began = time.monotonic()
        decision = await self._decisions[call.id]
        self._waited_s += time.monotonic() - began
        if not decision.is_run:
            remark = f" They say: {decision.remark}" if decision.remark else ""
            return ToolResult(f"The user has refused to run this.{remark}", is_error=True)
        if decision.code is not None:
            arguments["code"] = decision.code
        self._tell_call(call, arguments)
        return None

    def _tell_call(
        self, call: ToolCall, arguments: Mapping[str, Any], *, is_waiting: bool = False
    ) -> None:
        self.tell(
            "tool_call",
            {
                "call_id": call.id,
                "name": call.name,
                "arguments": dict(arguments),
                "is_waiting": is_waiting,
            },
        )

    def _follower(self, call: ToolCall) -> Callable[[Execution], Awaitable[None]]:
        async def follow(execution: Execution) -> None:
            async with aclosing(execution.read()) as events:
                async for event in events:
                    if event.kind in ("output", "progress"):
                        self.tell(event.kind, {"call_id": call.id, **event.data})

        return follow

    def _report(self, call: ToolCall, answer: ToolResult) -> ToolResult:
        result = {"call_id": call.id, "text": answer.text, "is_error": answer.is_error}
        self.tell("tool_result", {**(answer.data or {}), **result})
        return answer

    async def _prompt(self, service: Service) -> str:
        session = service.sessions.get(self.question.session_id, self.owner)
        known = await variables.describe(session)
        listed: list[str] = []
        if session.folder is not None:
            found = await asyncio.to_thread(files.snapshot, session.folder)
            listed = sorted(map(str, found))[:_MOST_LISTED]
        context = {"variables": known, "files": listed}
        return f"{_INSTRUCTIONS}\n\nThe session holds now:\n{json.dumps(context, indent=1)}"


class Chats:
    """Runs chats, and ends those that nobody reads."""

    def __init__(self) -> None:
        self._held: dict[str, Chat] = {}
        self._tasks = Tasks()

    def begin(self, chat: Chat, model: Model, service: Service) -> None:
        """Let a chat run; its model's client is closed with it."""
        self._held[chat.id] = chat
        ended = [id_ for id_, each in self._held.items() if each.is_over]
        for id_ in ended[: max(len(self._held) - _MOST_KEPT, 0)]:
            del self._held[id_]

        async def run() -> None:
            try:
                await chat.run(model, service)
            finally:
                await model.close()

        self._tasks.begin(run())

    def get(self, id_: str, owner: str) -> Chat:
        """Find one. Raises NoExecutionError, also where it is somebody else's."""
        found = self._held.get(id_)
        if found is None or found.owner != owner:
            raise NoExecutionError(id_)
        return found

    def leave(self, chat: Chat, grace_s: float) -> None:
        """Stop a chat that nobody reads any more, unless somebody comes back in time."""

        async def stop() -> None:
            await asyncio.sleep(grace_s)
            if not chat.readers:
                chat.stop.set()

        if not chat.is_over:
            self._tasks.begin(stop())

    async def close(self) -> None:
        """Stop all chats, and wait for their ends."""
        await self._tasks.close()


def _of_session(tool: Tool) -> Tool:
    """Leave the session out of a tool's arguments."""
    schema = dict(tool.schema)
    schema["properties"] = {
        name: each for name, each in schema["properties"].items() if name != "session_id"
    }
    schema["required"] = [each for each in schema["required"] if each != "session_id"]
    return replace(tool, schema=schema)


_INSTRUCTIONS = """\
You answer questions by writing Python and running it in a Jupyter session with executeNotebook.
The user sees your code as cells of a notebook, with their outputs, tables and figures.
Write short cells, one step each. Look at data before you use it. Show tables as the last
expression of a cell and figures with matplotlib. When a cell fails, read the error and fix it.
Say in the end, in a few sentences, what was found. Do not repeat what the outputs show already,
and do not claim results that no cell has shown."""
