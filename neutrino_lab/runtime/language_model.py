"""What is known of every language model: its settings' names, and what its failures mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

BASE_URL = "NEUTRINO_LLM_BASE_URL"
API_KEY = "NEUTRINO_LLM_API_KEY"
MODEL = "NEUTRINO_LLM_MODEL"
OPENAI_URL = "https://api.openai.com/v1"
PACKAGE = "openai>=2,<4"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at an address that speaks OpenAI's `/chat/completions`."""

    model: str
    base_url: str = OPENAI_URL
    api_key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The name of the server that everything is sent to."""
        return urlsplit(self.base_url).hostname or ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer. `status` is None where the server has not said one."""

    text: str
    status: int | None = None
    retry_after_s: float | None = None


def endpoint(environ: Mapping[str, str]) -> Endpoint | None:
    """Read which model a service calls; None where none is named."""
    model = environ.get(MODEL, "")
    base_url = environ.get(BASE_URL, "") or OPENAI_URL
    return Endpoint(model, base_url.rstrip("/"), environ.get(API_KEY, "")) if model else None


def explained(openai: ModuleType, error: Exception, called: Endpoint, timeout_s: float) -> Failure:
    """Say what went wrong in words that hold no key: the server's own may repeat it."""
    host = called.host
    if isinstance(error, openai.APITimeoutError):
        return Failure(f"{host} has said nothing for {timeout_s:g} s.")
    if isinstance(error, openai.APIConnectionError):
        return Failure(f"{host} cannot be reached.")
    status = getattr(error, "status_code", None)
    if status is None:
        return Failure(f"{host} gave an answer that cannot be read.")
    after_s = _retry_after_s(error) if status == 429 else None
    when = "later" if after_s is None else f"in {after_s:g} s"
    texts = {
        400: f"{host} does not accept the request: {_message(error, called.api_key)}",
        401: f"{host} refuses the key: see {API_KEY}.",
        403: f"{host} refuses the key: see {API_KEY}.",
        404: f"{host} has no model {called.model}, or no such address.",
        429: f"{host} takes no more calls for now; try {when}.",
    }
    text = texts.get(status, f"{host} failed with status {status}.")
    return Failure(text, status, after_s)


def _message(error: Exception, key: str) -> str:
    body = getattr(error, "body", None)
    text = str(body.get("message", "")) if isinstance(body, dict) else ""
    return (text.replace(key, "…") if key else text)[:300] or "it does not say why."


def _retry_after_s(error: Exception) -> float | None:
    response: Any = getattr(error, "response", None)
    text = response.headers.get("retry-after", "") if response is not None else ""
    return float(text) if text.replace(".", "", 1).isdigit() else None
