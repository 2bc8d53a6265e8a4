"""The one place that calls a language model: an answer as it comes, with tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

from neutrino_lab.generate.errors import ModelError, NoModelError
from neutrino_lab.generate.settings import INSTALL, ModelSettings
from neutrino_lab.runtime import language_model

# An answer that never ends fills the memory otherwise.
MOST_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of what the model says, or of its refusal."""

    text: str
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for. `arguments` is what it wrote, which may be no JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens: what was sent, and what was answered."""

    prompt_tokens: int
    completion_tokens: int


Part: TypeAlias = Text | ToolCall | Usage
PromptMessage: TypeAlias = Mapping[str, Any]
"""A message as `/chat/completions` has it."""


class Model:
    """A model at an endpoint that speaks OpenAI's protocol."""

    def __init__(self, settings: ModelSettings) -> None:
        """Make a client, which connects when it is asked. Raises NoModelError."""
        self.settings = settings
        self._openai = _package()
        self._client = self._openai.AsyncOpenAI(
            # Servers on one's own machine ask for none; the client does.
            api_key=settings.api_key or "none",
            base_url=settings.base_url,
            timeout=settings.timeout_s,
            max_retries=settings.retries,
        )

    async def close(self) -> None:
        """Close the connections to the model."""
        await self._client.close()

    async def answer(
        self,
        messages: Sequence[PromptMessage],
        tools: Sequence[Mapping[str, Any]] = (),
        **options: Any,
    ) -> AsyncGenerator[Part, None]:
        """Give an answer as it comes: texts, then the tools it calls, then what it cost.

        Closing the generator ends the call. Raises ModelError.
        """
        calls: dict[int, dict[str, str]] = {}
        usage: Usage | None = None
        reason, characters = "", 0
        try:
            stream = await self._client.chat.completions.create(
                model=self.settings.model,
                messages=[*messages],
                stream=True,
                stream_options={"include_usage": True},
                **({"tools": [*tools]} if tools else {}),
                **options,
            )
            async with stream:
                async for chunk in stream:
                    if chunk.usage is not None:
                        usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                    for choice in chunk.choices[:1]:
                        reason = choice.finish_reason or reason
                        refusal = getattr(choice.delta, "refusal", None) or ""
                        text = choice.delta.content or refusal
                        characters += len(text) + _gather(calls, choice.delta.tool_calls or ())
                        if characters > MOST_CHARACTERS:
                            raise ModelError(
                                f"The answer is longer than {MOST_CHARACTERS:,} characters."
                            )
                        if text:
                            yield Text(text, is_refusal=not choice.delta.content)
        except self._openai.OpenAIError as error:
            raise self._failure(error) from None
        if not reason:
            raise ModelError("The answer ended in the middle. Try again.")
        if reason == "length":
            raise ModelError("The answer was cut: it was longer than the model may write.")
        if reason == "content_filter":
            raise ModelError("The model's server held the answer back (content_filter).")
        for number in sorted(calls):
            made = calls[number]
            yield ToolCall(made["id"] or f"call_{number}", made["name"], made["arguments"])
        if usage is not None:
            yield usage

    async def text(
        self, messages: Sequence[PromptMessage], **options: Any
    ) -> tuple[str, Usage | None]:
        """Give a whole answer, and what it cost if that was told.

        Raises ModelError, also where the model refuses.
        """
        pieces: list[str] = []
        refusal: list[str] = []
        usage = None
        async with aclosing(self.answer(messages, **options)) as parts:
            async for part in parts:
                if isinstance(part, Text):
                    (refusal if part.is_refusal else pieces).append(part.text)
                elif isinstance(part, Usage):
                    usage = part
        if refusal and not pieces:
            raise ModelError(f"The model refuses: {''.join(refusal)[:300]}")
        return "".join(pieces), usage

    def _failure(self, error: Exception) -> ModelError:
        settings = self.settings
        found = language_model.explained(self._openai, error, settings, settings.timeout_s)
        return ModelError(found.text, retry_after_s=found.retry_after_s, status=found.status)


def _gather(calls: dict[int, dict[str, str]], pieces: Sequence[Any]) -> int:
    """Put pieces of tool calls together; tell how many characters they had."""
    count = 0
    for piece in pieces:
        made = calls.setdefault(piece.index or 0, {"id": "", "name": "", "arguments": ""})
        made["id"] = made["id"] or piece.id or ""
        if piece.function is not None:
            made["name"] += piece.function.name or ""
            made["arguments"] += piece.function.arguments or ""
            count += len(piece.function.name or "") + len(piece.function.arguments or "")
    return count


def _package() -> ModuleType:
    try:
        return import_module("openai")
    except ImportError:
        raise NoModelError(f"A language model needs a package more: {INSTALL}") from None
