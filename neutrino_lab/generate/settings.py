"""Which language model to call: from the environment, a `.env` file, or the system's keyring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from neutrino_lab.generate.errors import NoModelError
from neutrino_lab.runtime.language_model import API_KEY, BASE_URL, MODEL, OPENAI_URL, Endpoint
from neutrino_lab.runtime.middleware.hosts import is_loopback

KEYRING_SERVICE = "neutrino-lab"
INSTALL = "pip install 'neutrino-lab[llm]'"


@dataclass(frozen=True, slots=True)
class ModelSettings(Endpoint):
    """The endpoint to call, and how patiently.

    `timeout_s` is the longest silence; `retries` follow a refusal for now (429) or a fault (5xx).
    """

    timeout_s: float = 60.0
    retries: int = 2


def read(
    environ: Mapping[str, str], folder: Path | None = None, *, model: str = "", base_url: str = ""
) -> ModelSettings:
    """Find the settings. `model` and `base_url` are what the user chose elsewhere, if anything.

    The environment comes before `.env` in `folder`. The key comes from these two or from the
    keyring, and from nowhere else; theirs goes to the host that they name, and to no other.
    Keys of the keyring are not sent over plain http, but to the loopback. Raises NoModelError with
    what to set.
    """
    variables = {**_dotenv(folder), **environ}
    model = model or variables.get(MODEL, "")
    own_url = variables.get(BASE_URL, "") or OPENAI_URL
    base_url = (base_url or own_url).rstrip("/")
    if not model:
        raise NoModelError(
            f"No language model is configured: set {MODEL}, {API_KEY} and, unless it is OpenAI, "
            f"{BASE_URL}, in the environment or in a file .env beside the notebooks."
        )
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoModelError(f"{BASE_URL} has to be an address such as {OPENAI_URL}.")
    if parts.username or parts.password:
        raise NoModelError(f"{BASE_URL} holds a password: put the key into {API_KEY}.")
    is_own = urlsplit(own_url)[:2] == parts[:2]
    key = variables.get(API_KEY, "") if is_own else ""
    return ModelSettings(model, base_url, key or _from_keyring(parts.scheme, parts.hostname))


def _dotenv(folder: Path | None) -> dict[str, str]:
    """Read the variables of ours in `.env`; other lines of it are nobody's business here."""
    path = None if folder is None else folder / ".env"
    if path is None or not path.is_file():
        return {}
    try:
        values = import_module("dotenv").dotenv_values(path, interpolate=False)
    except ImportError:
        raise NoModelError(f"There is a .env file, which needs a package: {INSTALL}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoModelError(f"{path.name} cannot be read: {error}") from error
    return {name: values[name] or "" for name in (BASE_URL, API_KEY, MODEL) if name in values}


def _from_keyring(scheme: str, host: str) -> str:
    """Ask the keyring, where it is installed: `keyring set neutrino-lab HOST`."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        return ""
    try:
        key = keyring.get_password(KEYRING_SERVICE, host) or ""
    except keyring.errors.KeyringError:
        return ""
    if key and scheme != "https" and not is_loopback(host):
        raise NoModelError(
            f"The keyring holds a key for {host}, which is not sent over plain http, where others "
            "can read it. Give the model's address with https://."
        )
    return key
