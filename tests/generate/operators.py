"""Drafts of operators as a model might write them. All are written by hand, none by a model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from neutrino_lab.generate.drafting import Forms
from neutrino_lab.generate.flow import Generation
from neutrino_lab.generate.model import Model
from neutrino_lab.generate.settings import ModelSettings
from neutrino_lab.generate.task import Candidate, Sample, Task
from neutrino_lab.generate.terms import Terms
from tests.llm import KEY, MODEL, Endpoint, Reply

PRICES = [26.01, 1.52, 85.87, 91.88, 96.04, 94.47, 99.41]
DECLARATION = "@STREAM /streams/spread\nsource: sim:random-walk?symbols=AAAA\nselect: price:float"
SAMPLES = tuple(Sample({"price": price}, float(n)) for n, price in enumerate(PRICES))
SPREAD = """
def spread(acc, value, params):
    values = (acc.get("values", []) + [value])[-params["size"]:]
    return {"values": values}, max(values) - min(values)
"""


def drafted(code: str, kind: str = "accumulate", **fields: Any) -> Reply:
    """Answer with a draft in the form that is asked for."""
    whole = {
        "kind": kind,
        "name": "spread",
        "code": code,
        "state": "",
        "params": "size:int=3" if "size" in code else "",
        "examples": [],
        "notes": "written by hand",
        **fields,
    }
    text = json.dumps(whole)
    return Reply([text[:20], text[20:]])


def settings(endpoint: Endpoint, **changes: Any) -> ModelSettings:
    return ModelSettings(MODEL, endpoint.url, KEY, **{"timeout_s": 60.0, "retries": 0, **changes})


def generated(
    endpoint: Endpoint,
    words: str = "the spread of the newest prices",
    *,
    tell: Callable[[str, Mapping[str, Any]], None] = lambda _kind, _data: None,
    terms: Terms | None = None,
    samples: Sequence[Sample] = SAMPLES,
    forms: Forms | None = None,
    model: ModelSettings | None = None,
    **task: Any,
) -> Candidate:
    """Go from words to a candidate, with what the endpoint answers."""
    wanted = Task(words, **{"declaration": DECLARATION, "samples": tuple(samples), **task})
    generation = Generation(wanted, terms or Terms(timeout_s=20), forms or Forms(), tell)
    return asyncio.run(generation.run(lambda: Model(model or settings(endpoint))))


def failure(candidate: Candidate) -> tuple[str, str]:
    """The first check that fails, and what it says."""
    first = candidate.failures[0]
    return first.name, first.message
