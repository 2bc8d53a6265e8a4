"""One version of one stream's operator: its function or built-in, and what stands around it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from pydantic import TypeAdapter, ValidationError

from .. import fields
from ..errors import EndpointError
from ..functions import Functions
from ..sandbox.function import SandboxedFunction
from ..spec import Field, Stream
from ..threads import is_async
from . import direct, operators, windows
from .contract import Overflow
from .direct import DirectFunction
from .operators import Builtin
from .selection import Select, compile_path, compile_select, misfit
from .sources import table
from .sources.location import PARAMETER, Location, seconds
from .windows import Window

Kind: TypeAlias = Literal["map", "filter", "flat_map", "accumulate"]
KINDS: tuple[Kind, ...] = get_args(Kind)

PARAMS = "params"
ACCUMULATORS = ("acc", "state", "accumulator")
RESET = "reset"
SANDBOXED = "sandboxed"
RUNS = ("inline", SANDBOXED)

ALL_EMITTED = ("ws", "sse", "latest")
BUS = "bus:"
"""Before the path of a WebSocket endpoint, whose clients get the values too."""


@dataclass(frozen=True, slots=True)
class Operator:
    """`takes_params`: the function wants the params as its last argument. `takes_value`: false for
    one that makes the values itself. Durations are seconds, 0 is off."""

    stream: Stream
    kind: Kind
    function: Callable[..., Any] | None
    builtin: Builtin | None
    takes_value: bool
    takes_params: bool
    is_async: bool
    locations: tuple[Location, ...]
    select: Select | None
    window: Window | None
    key: Select | None
    state: Mapping[str, Any]
    params: Mapping[str, Any]
    validators: Mapping[str, TypeAdapter[Any]]
    migrate: Callable[..., Any] | None
    timeout_s: float
    snapshot_s: float

    @property
    def name(self) -> str:
        return self.stream.stream

    @property
    def outline(self) -> Callable[..., Any] | None:
        """What tells the parameters and the docstring of the function, wherever it runs."""
        return outline(self.function)

    @property
    def emits(self) -> tuple[str, ...]:
        """The words of `emit`: `ws`, `sse`, `latest`, and the endpoints that are told."""
        return words(self.stream.emit)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The paths of the WebSocket endpoints whose clients get the values."""
        return emitted_paths(self.stream.emit)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the braces of the path: each set of their values has a flow of its own."""
        return tuple(PARAMETER.findall(self.stream.path))

    @property
    def origins(self) -> tuple[str, ...]:
        """What the sources are told apart by: streams by their names, others by their places."""
        return tuple(
            each.about if each.scheme == table.STREAM else f"source{number}"
            for number, each in enumerate(self.locations, 1)
        )

    @property
    def overflow(self) -> Overflow | None:
        """What the declaration says about values beyond the buffer, None where it leaves that
        open."""
        overflow: Any = self.stream.overflow
        return overflow or ("conflate" if self.is_direct else None)

    @property
    def is_direct(self) -> bool:
        """Whether a model is asked in the place of a function."""
        return isinstance(self.function, DirectFunction)

    @property
    def capacity(self) -> int:
        """How many values may wait: where a model is asked, the newest alone."""
        return 1 if self.is_direct and self.key is None else self.stream.buffer

    @property
    def first_overflow(self) -> Overflow:
        """What happens beyond the buffer until a source has said what it needs."""
        if self.overflow is not None:
            return self.overflow
        follows = any(each.scheme == table.STREAM for each in self.locations)
        return "drop-oldest" if follows else "conflate"

    def initial_state(self) -> dict[str, Any]:
        """Give the declared state, a copy for each caller: two keys must not share one list."""
        return {name: deepcopy(value) for name, value in self.state.items()}

    def fit_state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Take over the state of another version. Raises ValueError where it does not fit."""
        fitting = {**self.initial_state(), **state}
        for name, adapter in self.validators.items():
            if name in fitting:
                fitting[name] = _validated(adapter, name, fitting[name])
        return fitting

    def fit_params(self, changes: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
        """Change params, in the types that they are declared with. Raises ValueError."""
        made = dict(current)
        for name, value in changes.items():
            if name not in self.params:
                known = ", ".join(f"`{each}`" for each in self.params) or "none"
                raise ValueError(f"`{name}` is no param of `{self.name}`; it has {known}")
            adapter = self.validators.get(f"{PARAMS}.{name}")
            made[name] = value if adapter is None else _validated(adapter, name, value)
            if self.builtin is not None:
                self.builtin.check(name, made[name])
        return made


def outline(function: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """Give the function that describes a sandboxed one; others describe themselves."""
    elsewhere = isinstance(function, SandboxedFunction | DirectFunction)
    return function.outline if elsewhere else function  # type: ignore[union-attr]


def words(text: str) -> tuple[str, ...]:
    """Read words that are apart by commas or spaces."""
    return tuple(text.replace(",", " ").split())


def emitted_paths(emit: str) -> tuple[str, ...]:
    """Read the paths of endpoints out of what `emit` says."""
    return tuple(each.removeprefix(BUS) for each in words(emit) if each.startswith(BUS))


def infer(names: Sequence[str], *, returns_bool: bool, is_generator: bool) -> Kind | None:
    """Tell what a function is by its parameters; None where they do not tell."""
    if is_generator:
        return "flat_map"
    if len(names) == 3 or (len(names) == 2 and names[0] in ACCUMULATORS):
        return "accumulate"
    if len(names) < 2 or (len(names) == 2 and names[1] == PARAMS):
        return "filter" if returns_bool else "map"
    return None


def fit(stream: Stream, program: Functions) -> Operator:
    """Fit a declaration and its function together. Raises EndpointError where they do not."""
    namespace = program.names(stream.module)
    function = program.function(stream) if stream.name else None
    try:
        return make(stream, function, namespace)
    except ValueError as error:
        raise EndpointError(stream.module, stream.cell, str(error)) from error


def make(
    stream: Stream, function: Callable[..., Any] | None, namespace: Mapping[str, Any]
) -> Operator:
    """Make an operator of a declaration and a function. Raises ValueError with what is wrong."""
    locations = tuple(table.locate(uri) for uri in stream.source.split())
    if not locations:
        raise ValueError(f"`{stream.stream}` has no source")
    for location in locations:
        if command := table.missing(location):
            raise ValueError(f"`{location.scheme}` needs a package that is missing: {command}")
    builtin = operators.BUILTINS.get(stream.op)
    function = direct.function(stream) or function
    kind, names = _kind(stream, function, builtin)
    window = windows.parse(stream.window) if stream.window else None
    if window is not None and builtin is not None and builtin.whole is None:
        raise ValueError(f"`{stream.op}` goes value by value: it has no `window`")
    migrate = namespace.get(stream.migrate) if stream.migrate not in ("", RESET) else None
    if migrate is not None and not callable(migrate):
        raise ValueError(f"`migrate` names `{stream.migrate}`, which is no function")
    defaults = {**(builtin.params if builtin else {}), **_values(stream.params)}
    validators = _adapters(stream.state, namespace)
    for name, adapter in _adapters(stream.params, namespace).items():
        validators[f"{PARAMS}.{name}"] = adapter
    if builtin is not None:
        for name, value in defaults.items():
            builtin.check(name, value)
        for name, value in builtin.params.items():
            validators.setdefault(f"{PARAMS}.{name}", TypeAdapter(type(value)))
    return Operator(
        stream=stream,
        kind=kind,
        function=function,
        builtin=builtin,
        takes_value=function is None or len([n for n in names if n != PARAMS]) > 0,
        takes_params=PARAMS in names or (kind == "accumulate" and len(names) == 3),
        is_async=function is not None and is_async(function),
        locations=locations,
        select=compile_select(stream.select, stream.on_null, namespace),
        window=window,
        key=compile_path(stream.key_field) if stream.key_field else None,
        state={**_empty(stream.state), **_values(stream.state)},
        params=defaults,
        validators=validators,
        migrate=migrate,
        timeout_s=0 if stream.timeout == "off" else seconds(stream.timeout),
        snapshot_s=0 if stream.snapshot == "off" else seconds(stream.snapshot),
    )


def _kind(
    stream: Stream, function: Callable[..., Any] | None, builtin: Builtin | None
) -> tuple[Kind, list[str]]:
    if function is None:
        if builtin is None:
            known = ", ".join(f"`{name}`" for name in operators.BUILTINS)
            raise ValueError(
                f"`{stream.op}` is no built-in operator; there are {known}"
                if stream.op
                else "a function is missing, or `op` with the name of a built-in operator"
            )
        return "accumulate", []
    if builtin is not None:
        raise ValueError(f"`op: {stream.op}` is a built-in operator: it takes no function")
    function = outline(function)
    assert function is not None
    signature = fields.signature(function)
    required = [
        name
        for name, each in signature.parameters.items()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and (each.default is each.empty or name == PARAMS)
    ]
    is_generator = inspect.isgeneratorfunction(function)
    if inspect.isasyncgenfunction(function):
        raise ValueError(f"`{stream.name}` is an async generator; make it a plain one")
    returns = signature.return_annotation
    kind = infer(required, returns_bool=returns in (bool, "bool"), is_generator=is_generator)
    if stream.op:
        if stream.op not in KINDS:
            raise ValueError(f"`op` is one of {', '.join(KINDS)}, not `{stream.op}`")
        kind = stream.op
    if kind is None or len(required) > 3:
        raise ValueError(
            f"the parameters of `{stream.name}` do not tell what it is: `(value)` or `(value, "
            "params)` maps, `(acc, value, params)` accumulates; or say it with `op`"
        )
    if not required and not stream.source.startswith("every:"):
        raise ValueError(f"`{stream.name}` takes no value; only `every:` has none")
    return kind, required


def _adapters(
    declared: Sequence[Field], namespace: Mapping[str, Any]
) -> dict[str, TypeAdapter[Any]]:
    return {
        each.name: TypeAdapter(fields.resolve(each.type, namespace))
        for each in declared
        if each.type
    }


def _values(declared: Sequence[Field]) -> dict[str, Any]:
    return {each.name: each.default for each in declared if each.default is not ...}


def _empty(declared: Sequence[Field]) -> dict[str, Any]:
    """Lists and dicts begin empty where no first value is given."""
    made: dict[str, Any] = {}
    for each in declared:
        kind = each.type.partition("[")[0].strip()
        if kind in ("list", "dict"):
            made[each.name] = [] if kind == "list" else {}
    return made


def _validated(adapter: TypeAdapter[Any], name: str, value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise ValueError(misfit(name, value, error)) from None
