"""What the API is sent and answers: the checks and the OpenAPI document come from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neutrino_lab.kernels.endings import Status
from neutrino_lab.lab.protocol.base import Message

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Base64(Message):
    """Bytes of a file."""

    base64: str


Files = Annotated[
    dict[str, str | Base64],
    Field(description="Files put into the folder before: a text, or its bytes in base64."),
]


class ExecuteBody(Message):
    """Code to run, in a session or in a fresh kernel that ends with the answer."""

    code: Annotated[str, Field(description="The code of one cell.")]
    session_id: Annotated[str | None, Field(description="Where to run it.")] = None
    timeout_s: Annotated[Seconds | None, Field(description="The time limit.")] = None
    kernel_name: Name | None = None
    files: Files = {}
    wait: Annotated[bool, Field(description="False: answered with 202 and an id at once.")] = True
    stay: Annotated[bool, Field(description="Go on when the client that waits goes away.")] = False
    cache_s: Annotated[
        float, Field(ge=0, description="Take an answer from before that is no older.")
    ] = 0.0


class SessionBody(Message):
    """A session to be opened."""

    kernel_name: Name | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    limits: Annotated[
        dict[str, int], Field(description="Limits below those of the service, by their names.")
    ] = {}
    ttl_s: Annotated[Seconds | None, Field(description="Ended after this time unused.")] = None
    imports: Annotated[list[str], Field(max_length=50)] = []


class ToolFunction(Message):
    """What was called, as the model wrote it."""

    name: str
    arguments: str = ""


class ToolCallMessage(Message):
    """A call in a message of the model."""

    id: str
    type: Literal["function"] = "function"
    function: ToolFunction


class ChatMessage(Message):
    """A message as `/chat/completions` has it. The system's own message is ours to write."""

    role: Literal["user", "assistant", "tool"]
    content: Annotated[str, Field(max_length=200_000)] = ""
    tool_calls: list[ToolCallMessage] | None = None
    tool_call_id: str | None = None


class ChatBody(Message):
    """A question to a model that may run code in a session."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=500)]
    session_id: Annotated[
        str | None, Field(description="Where to run code; without it a session is opened.")
    ] = None
    files: Files = {}
    asks_first: Annotated[
        bool, Field(description="Wait for a decision before each piece of code runs.")
    ] = False
    rounds: Annotated[int, Field(ge=1, le=50)] = 12
    within_s: Annotated[float, Field(gt=0, le=3600)] = 300.0
    model: Annotated[str, Field(max_length=200)] = ""
    base_url: Annotated[
        str, Field(max_length=500, description="The key of the environment goes to its own host.")
    ] = ""


class DecisionBody(Message):
    """What becomes of code that waits: run it, perhaps changed, or refuse it with a remark."""

    run: bool
    code: str | None = None
    remark: Annotated[str, Field(max_length=2000)] = ""


class AnswerBody(BaseModel):
    """The base of what is answered."""

    model_config = ConfigDict(extra="allow")


class ErrorAnswer(AnswerBody):
    """The exception that the code ended with."""

    name: str
    message: str
    traceback: list[str]


class FileAnswer(AnswerBody):
    """A file that the code has written."""

    path: str
    size: int
    url: str | None = None


class ExecutionAnswer(AnswerBody):
    """A finished execution. `outputs` are nbformat's, `text` is what a model should read."""

    execution_id: str
    session_id: str | None
    status: Status
    outputs: list[dict[str, Any]]
    text: str
    error: ErrorAnswer | None = None
    duration_ms: int
    execution_count: Annotated[
        int | None, Field(description="The kernel's number of it; missing where it did not run.")
    ] = None
    state_lost: bool
    dropped: Annotated[int, Field(description="Bytes of output that were not kept, at least.")] = 0
    files: list[FileAnswer]


class RunningAnswer(AnswerBody):
    """An execution that has not finished."""

    execution_id: str
    session_id: str | None
    state: Literal["waiting", "running"]
    outputs: list[dict[str, Any]]
