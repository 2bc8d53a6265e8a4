"""A cell that works as it stands, for each kind of declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

SampleKind: TypeAlias = Literal["http", "websocket", "schedule"]


@dataclass(frozen=True, slots=True)
class Sample:
    """`word` is that of the grammar's kind."""

    kind: SampleKind
    word: str
    title: str
    description: str
    declaration: str
    function: str

    @property
    def source(self) -> str:
        return f'"""\n{self.declaration}\n"""\n{self.function}'


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "http",
        "HTTP",
        "endpoint",
        "Answers a request with what the function returns.",
        '@HTTP\nGET /api/hello\nquery: name:str="world"',
        'def hello(name: str):\n    return {"message": f"Hello, {name}!"}',
    ),
    Sample(
        "websocket",
        "WS",
        "WebSocket",
        "Answers each message; `to: all` sends it to everyone who is connected.",
        "@WS /ws/echo\nto: sender",
        'async def echo(event: str):\n    return {"echo": event}',
    ),
    Sample(
        "schedule",
        "SCHEDULE",
        "schedule",
        "Runs by the clock while the notebook is served.",
        "@SCHEDULE\ninterval: 10s",
        'def tick():\n    print("The service is up")',
    ),
)
