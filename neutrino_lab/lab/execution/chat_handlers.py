"""The calls of a chat: ask, follow, decide, stop."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import unquote

from neutrino_lab.generate.model import Model
from neutrino_lab.kernels import files
from neutrino_lab.lab.execution import stream
from neutrino_lab.lab.execution.bodies import ChatBody, DecisionBody
from neutrino_lab.lab.execution.chat import KEY, Chat, Chats, Decision, Question
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.handler import executes, reads

_NAME_CHARACTERS = 60
# A page that is loaded again is away for longer than a program whose connection broke.
_RELOAD_S = 30.0


class _Handler(ExecutionHandler):
    @property
    def chats(self) -> Chats:
        return cast("Chats", self.settings[KEY])

    async def follow(self, chat: Chat) -> None:
        try:
            await stream.send(self, chat)
        finally:
            if self.gone.done():
                service = await self.service()
                self.chats.leave(chat, max(service.settings.return_s, _RELOAD_S))


class ChatsHandler(_Handler):
    """GET tells which model would be asked, POST asks it."""

    @reads
    async def get(self) -> None:
        """Tell which model would be asked, and where; 409 with what to set where there is none.

        `model` and `base_url` are what the user has chosen, as in a question.
        """
        chosen = {name: self.get_query_argument(name, "") for name in ("model", "base_url")}
        found = await self.model_settings(**chosen)
        Model(found)  # says where a package is missing
        self.answer({"model": found.model, "host": found.host})

    @executes
    async def post(self) -> None:
        """Ask; the answer is a stream of events, or with another `Accept` all of it at its end."""
        id_, _ = stream.last_event(self)
        if id_:
            await self.follow(self.chats.get(id_, self.user))
            return
        body = self.body(ChatBody)
        contents = files.contents(body.model_dump()["files"])
        model = Model(await self.model_settings(body.model, body.base_url))
        service = await self.service()
        session_id = body.session_id
        if session_id is None:
            name = " ".join(body.messages[-1].content.split())[:_NAME_CHARACTERS]
            session_id = (await service.open_session(self.user, name=name)).id
        else:
            service.sessions.get(session_id, self.user)
        if contents:
            folder = await service.folder(session_id, self.user)
            for path, content in contents.items():
                files.write(folder, path, content)
        messages = [each.model_dump(exclude_none=True) for each in body.messages]
        chat = Chat(
            self.user,
            Question(
                messages,
                session_id,
                asks_first=body.asks_first,
                rounds=body.rounds,
                within_s=body.within_s,
            ),
        )
        self.chats.begin(chat, model, service)
        self.set_header("Location", self.at(f"api/jupyter/chat/{chat.id}"))
        if stream.is_wanted(self):
            await self.follow(chat)
        else:
            await self.while_connected(self._wait(chat))

    async def _wait(self, chat: Chat) -> None:
        try:
            await chat.over()
        finally:
            if not chat.is_over:
                chat.stop.set()
        self.answer(_whole(chat))


class ChatHandler(_Handler):
    """GET streams the events of a chat, DELETE stops it."""

    @reads
    async def get(self, id_: str) -> None:
        """Follow a chat from the beginning, or after `Last-Event-ID`."""
        await self.follow(self.chats.get(id_, self.user))

    @executes
    async def delete(self, id_: str) -> None:
        """Stop the model, and what it runs."""
        chat = self.chats.get(id_, self.user)
        chat.stop.set()
        await chat.over()
        self.answer(_whole(chat))


class DecisionHandler(_Handler):
    """POST says whether code of the model that waits is run."""

    @executes
    async def post(self, id_: str, call_id: str) -> None:
        """Run the code of a call, as it is or edited, or decline it with a remark."""
        body = self.body(DecisionBody)
        decision = Decision(body.run, body.code, body.remark)
        self.chats.get(id_, self.user).decide(unquote(call_id), decision)
        self.finish_empty()


def _whole(chat: Chat) -> dict[str, Any]:
    """Tell how a chat has ended, with all that the model has said."""
    said = "".join(each.data["text"] for each in chat.events if each.kind == "text")
    done = next((each.data for each in chat.events if each.kind == "done"), {})
    return {"chat_id": chat.id, "session_id": chat.question.session_id, "text": said, **done}
