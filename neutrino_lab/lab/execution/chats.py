"""The chats of one server: those that run, and the last of those that have ended."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from neutrino_lab.generate.model import Model
from neutrino_lab.kernels.errors import NoExecutionError
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.tasks import Tasks
from neutrino_lab.lab.execution.chat import Chat

KEY = "neutrino_lab_chats"
_MOST_KEPT = 50


class Chats:
    """Runs chats, and ends those that nobody reads."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Chat] = OrderedDict()
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
