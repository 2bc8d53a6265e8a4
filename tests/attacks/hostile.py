"""A notebook that answers whatever an attacker wants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

ANSWERS = """\"\"\"
@HTTP
{verb} /answer
query: status:int=200, headers:str='[]', body:str=''
\"\"\"
import json
from fastapi import Response

def answer_{verb}(status, headers, body):
    response = Response(body, status)
    for name, text in json.loads(headers):
        response.raw_headers.append((name.lower().encode(), text.encode()))
    return response
"""
CELLS = tuple(ANSWERS.format(verb=verb) for verb in ("GET", "POST", "PUT", "DELETE"))


def answering(*headers: Sequence[str], status: int = 200, body: str = "") -> str:
    """The path that is answered so."""
    query = {"status": status, "headers": json.dumps(headers), "body": body}
    return f"/answer?{urlencode(query)}"
