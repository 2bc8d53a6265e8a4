"""Variables of a notebook: `{{name}}` in a saved example stands for a value.

They are in `metadata.neutrino_lab.variables`, by name; JupyterLab keeps of a secret its name alone,
`$API_KEY`. A name that nothing stands for stays as it was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

# What JupyterLab fills in as the address of the served notebook: a check has no other.
_ALWAYS = {"base": "http://localhost"}
_NAME = r"\{\{\s*([^\W\d][\w-]*)\s*\}\}"
_REFERENCE = re.compile(_NAME)
_IN_JSON = re.compile(rf'"(?:\\.|[^"\\])*"|{_NAME}')
_JSON = re.compile(r"\s*(?:\{(?!\{)|[\[\"])")


def variables(own: Mapping[str, Any]) -> dict[str, str]:
    """Read the variables from a notebook's metadata of ours; what is no text is passed over."""
    kept = own.get("variables")
    found = kept.items() if isinstance(kept, dict) else ()
    return _ALWAYS | {name: value for name, value in found if isinstance(value, str)}


def fill(value: Any, values: Mapping[str, str]) -> Any:
    """Put values into the texts of `value`, however deep; keys stay."""
    if isinstance(value, str):
        return _fill(value, values)
    if isinstance(value, list):
        return [fill(each, values) for each in value]
    if isinstance(value, dict):
        return {name: fill(each, values) for name, each in value.items()}
    return value


def fill_body(text: str, values: Mapping[str, str]) -> str:
    """Put values into a body; inside of JSON's texts they are quoted."""
    if not _JSON.match(text):
        return _fill(text, values)

    def part(found: re.Match[str]) -> str:
        is_text = found[0].startswith('"')
        return _fill(found[0], values, _quoted if is_text else str)

    return _IN_JSON.sub(part, text)


def _fill(text: str, values: Mapping[str, str], form: Callable[[str], str] = str) -> str:
    def value(found: re.Match[str]) -> str:
        return form(values[found[1]]) if found[1] in values else found[0]

    return _REFERENCE.sub(value, text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
