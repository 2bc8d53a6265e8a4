"""The calls of drafts: what would be sent, begin, follow, accept, discard."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import cast

from tornado.web import HTTPError

from neutrino_lab.generate import document, terms
from neutrino_lab.generate.errors import TaskError
from neutrino_lab.generate.model import Model
from neutrino_lab.generate.settings import ModelSettings
from neutrino_lab.generate.terms import Terms
from neutrino_lab.lab.drafts import KEY, Drafts, Prepared
from neutrino_lab.lab.execution import stream
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.handler import RESOURCE, executes
from neutrino_lab.lab.protocol.drafting import DraftAccepted, DraftRequest, DraftStarted
from neutrino_lab.runtime.settings import MB

_DOCUMENT_BYTES = 16 * MB


class _Handler(ExecutionHandler):
    auth_resource = RESOURCE

    @property
    def drafts(self) -> Drafts:
        return cast("Drafts", self.settings[KEY])

    def request_body(self) -> DraftRequest:
        if len(self.request.body) > _DOCUMENT_BYTES:
            raise HTTPError(413)
        return self.body(DraftRequest)

    def terms(self) -> Terms:
        """Read what holds for drafts here. Raises TaskError."""
        try:
            return terms.read(os.environ)
        except ValueError as error:
            raise TaskError(str(error)) from error

    async def needed_model(self, prepared: Prepared) -> ModelSettings | None:
        """Find the model, where one is needed. Raises NoModelError."""
        if not self.drafts.generation(prepared, self.terms()).needs_model:
            return None
        found = await self.model_settings()
        Model(found)  # says where a package is missing
        return found


class DraftsHandler(_Handler):
    """POST begins a draft: 201, and its id."""

    @executes
    async def post(self) -> None:
        """Begin a draft."""
        prepared = await self.drafts.prepare(self.request_body(), self.user)
        found = await self.needed_model(prepared)
        draft = self.drafts.begin(prepared, self.terms(), found, self.user)
        self.set_header("Location", self.at(f"neutrino/api/drafts/{draft.id}"))
        self.answer(DraftStarted(id=draft.id).model_dump(), 201)


class DraftPreviewsHandler(_Handler):
    """POST tells what a draft would send to which model."""

    @executes
    async def post(self) -> None:
        """Say what a draft would send where, and send nothing."""
        prepared = await self.drafts.prepare(self.request_body(), self.user)
        found = await self.needed_model(prepared)
        self.answer(self.drafts.preview(prepared, found, self.user).model_dump())


class DraftHandler(_Handler):
    """GET streams the events of a draft, DELETE stops it."""

    @executes
    async def get(self, id_: str) -> None:
        """Follow a draft from its beginning, or after `Last-Event-ID`."""
        await stream.send(self, self.drafts.get(id_, self.user))

    @executes
    async def delete(self, id_: str) -> None:
        """Stop a draft, and forget it."""
        await self.drafts.discard(id_, self.user)
        self.finish_empty()


class DraftAcceptedHandler(_Handler):
    """POST answers with the cell of a draft that has ended, for the front end to insert."""

    @executes
    async def post(self, id_: str) -> None:
        """Give the cell with where it comes from; nothing is written here. Raises TaskError where
        the draft has none."""
        draft = self.drafts.get(id_, self.user)
        draft.describe()
        candidate = draft.candidate
        assert candidate is not None
        if not candidate.cell:
            raise TaskError("No code came of it, so there is nothing to accept.")
        about = document.metadata(
            candidate,
            accepted_by=self.user,
            accepted_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
        accepted = DraftAccepted(source=candidate.cell.rstrip("\n"), metadata=about)
        self.answer(accepted.model_dump())
