"""Asks for a draft in the strictest form that the endpoint keeps to, and remembers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neutrino_lab.generate.answers import Draft, ModelAnswer, NoDraftError, read, schema
from neutrino_lab.generate.errors import ModelError
from neutrino_lab.generate.model import Model, PromptMessage, Usage

FORMS: tuple[str, ...] = ("json_schema", "json_object", "text")
_REFUSED = (400, 415, 422, 501)


@dataclass(frozen=True, slots=True)
class Drafted:
    """An answer that was read; `draft` is None where there is none, and `reason` says why."""

    draft: Draft | None
    reason: str
    text: str
    usage: Usage | None


class Forms:
    """The form that each model at each endpoint keeps to: one for as long as a program runs."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}

    def form(self, model: Model) -> str:
        """Name the form of an answer that is asked of a model, by what it has refused so far."""
        return FORMS[self._known.get(_key(model), 0)]

    async def ask(
        self, model: Model, messages: Sequence[PromptMessage], keys: Sequence[str]
    ) -> Drafted:
        """Ask once, for a draft that may fill in these keys of its declaration; twice or three
        times only of an endpoint that refuses a form.

        Raises ModelError.
        """
        while True:
            form = self.form(model)
            try:
                text, usage = await model.text(messages, **_options(form, keys))
            except ModelError as error:
                if error.status in _REFUSED and form != FORMS[-1]:
                    self._weaken(model)
                    continue
                raise
            break
        try:
            answer: ModelAnswer = read(text)
        except NoDraftError as error:
            return Drafted(None, str(error), text, usage)
        if not answer.is_structured and form != FORMS[-1]:
            # The endpoint takes the form and does not keep to it.
            self._weaken(model)
        return Drafted(answer.draft, "", text, usage)

    def _weaken(self, model: Model) -> None:
        key = _key(model)
        self._known[key] = min(self._known.get(key, 0) + 1, len(FORMS) - 1)


def _options(form: str, keys: Sequence[str]) -> Mapping[str, Any]:
    if form == "json_schema":
        described = {"name": "draft", "strict": True, "schema": schema(keys)}
        return {"response_format": {"type": "json_schema", "json_schema": described}}
    if form == "json_object":
        return {"response_format": {"type": "json_object"}}
    return {}


def _key(model: Model) -> tuple[str, str]:
    return model.settings.base_url, model.settings.model
