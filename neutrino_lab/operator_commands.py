"""The commands of operators: the seed's six, by a built-in, from words, or by asking each time."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neutrino_lab.generate import cell, known, prompts, review, settings, terms
from neutrino_lab.generate.drafting import Forms
from neutrino_lab.generate.errors import NoModelError
from neutrino_lab.generate.flow import Generation
from neutrino_lab.generate.model import Model
from neutrino_lab.generate.task import Candidate, Sample, Shape, Task
from neutrino_lab.runtime.language_model import API_KEY, BASE_URL, MODEL
from neutrino_lab.runtime.spec import Field, Stream
from neutrino_lab.runtime.streams.direct import (
    DEFAULT_BUDGET,
    DIRECT,
    Asker,
    PauseError,
    read_budget,
)
from neutrino_lab.runtime.streams.operator import Operator, make
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.remote import Remote
from neutrino_lab.runtime.streams.values import thawed
from neutrino_lab.stream_reading import CommandError, add_reader, entries, run, shown, values

SAMPLES = 20
SAMPLES_WITHIN_S = 5.0
"""So many values, or what comes in so long, a draft is tried on."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command on the values of a symbol; `line` is written for each value, from the symbol, the
    value, the result and the state. `is_direct`: a model is asked for each value."""

    name: str
    shape: Shape
    about: str
    line: str
    is_direct: bool


def _commands(shape: Shape, about: str, *, direct: str, generate: str) -> tuple[Command, Command]:
    return (
        Command(f"{shape}-direct", shape, about, direct, True),
        Command(f"{shape}-generate", shape, about, generate, False),
    )


COMMANDS: tuple[Command, ...] = (
    *_commands(
        "map",
        "convert each value",
        direct="Mapped {value} to {result}.",
        generate="The price {value} has been converted to {result}.",
    ),
    *_commands(
        "filter",
        "show the values that meet a condition",
        direct="Price {value} meets the filter criteria.",
        generate="The price {value} has met the filter criteria.",
    ),
    *_commands(
        "accumulate",
        "sum up the values so far",
        direct="Result for {symbol}: summary: {result}; acc: {state}.",
        generate="{symbol} -- summary: {result}; acc: {state}",
    ),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command is told: words, and the params that go with them."""

    words: str
    params: Mapping[str, Any]


def add_to(each: Any) -> None:
    """Add the parsers of the operators' commands to the subparsers of `neutrino stream`."""
    by_name = {command.name: command for command in COMMANDS}
    # By a built-in there is nothing to generate, so the plain names say the same.
    by_name |= {command.shape: command for command in COMMANDS if not command.is_direct}
    for name, command in sorted(by_name.items()):
        reader = add_reader(each, name, command.about)
        names = ", ".join(known.BY_SHAPE[command.shape])
        if command.shape == "accumulate":
            reader.add_argument(
                "operation", metavar="OP", help=f"words, or one of the built-ins {names}"
            )
            reader.add_argument(
                "--operation-config", default="{}", metavar="JSON", help="the operator's params"
            )
        else:
            reader.add_argument(
                "operation",
                metavar="JSON",
                help='such as {"description": "flag any values under 20", "parameters": '
                f'{{"threshold": 20}}}}; built-in are {names}',
            )
        if command.is_direct:
            reader.add_argument(
                "--budget",
                default=DEFAULT_BUDGET,
                metavar="CALLS",
                help="how often a model may be asked (%(default)s)",
            )
        add_consent(reader)
        reader.set_defaults(command=lambda a, c=command: run(operate(a, c)))


def add_consent(reader: argparse.ArgumentParser) -> None:
    """Add the options that say what goes to a model, and what may be taken from it."""
    reader.add_argument(
        "--yes", action="store_true", help="ask nothing; what fails a check is not accepted"
    )
    reader.add_argument(
        "--share",
        choices=["values", "schema-only"],
        help="what a model gets to see of the values; asked for, if this is a terminal",
    )


async def operate(arguments: Namespace, command: Command) -> None:
    """Put the values of a symbol through what the words mean, and print what comes of them. Raises
    CommandError."""
    wanted = _wanted(arguments)
    among = known.BY_SHAPE[command.shape]
    built_in = known.match(wanted.words, wanted.params, among)
    if built_in is not None:
        await _print(arguments, command, Process(_built_in(*built_in)))
        return
    try:
        if command.is_direct:
            await _ask_each(arguments, command, wanted)
            return
        candidate = await draft(
            arguments, _declaration(arguments, wanted), wanted.words, command.shape
        )
    except NoModelError as error:
        names = ", ".join(among)
        text = f"{wanted.words!r} names no built-in operator; {command.name} knows {names}. {error}"
        raise CommandError(text) from None
    accept(candidate, is_yes=arguments.yes)
    operator = cell.compiled(candidate.cell)
    assert candidate.evidence.level
    process = Process(operator, remote=Remote(operator, candidate.evidence.level))
    try:
        await _print(arguments, command, process)
    finally:
        process.close()


async def _ask_each(arguments: Namespace, command: Command, wanted: Wanted) -> None:
    """Ask a model for each value, within the budget. Raises NoModelError before anything is read.

    Values are what is sent, so there is nothing to do without a yes to that.
    """
    found = settings.read(os.environ, Path())
    Model(found)  # says where a package is missing
    read_budget(arguments.budget)
    where = f"{found.model} at {found.host}"
    sys.stderr.write(f"Each value goes to {where}, {arguments.budget}: {wanted.words!r}\n")
    if not arguments.yes:
        demand_yes("Send them?", "nothing is sent")
    declared = tuple(Field(name, default=value) for name, value in wanted.params.items())
    stream = Stream(
        "command", "every:1s", "command", 0, op=command.shape, params=declared,
        mode=DIRECT, budget=arguments.budget, describe=wanted.words,
    )  # fmt: skip
    operator = make(stream, None, {})
    environ = {MODEL: found.model, BASE_URL: found.base_url, API_KEY: found.api_key}
    process = Process(operator, call=Asker(environ).caller(operator), on_error=_stop_at_pause)
    await _print(arguments, command, process)


def _stop_at_pause(error: BaseException) -> None:
    """A command has nobody who would let it go on."""
    if isinstance(error, PauseError) and not error.wait_s:
        raise CommandError(str(error))


async def draft(
    arguments: Namespace,
    declaration: str,
    words: str,
    shape: Shape | None,
    *,
    has_values: bool = True,
) -> Candidate:
    """Let a model draft an operator for the source, unless the words mean a built-in, or, where
    there are no values, the function of another declaration.

    Raises NoModelError before anything is read.
    """
    task = Task(words, declaration, shape or "")
    needs_model = Generation(task, terms.read(os.environ), Forms(), _tell).needs_model
    if needs_model:
        found = settings.read(os.environ, Path())
        Model(found)  # says where a package is missing
    if has_values:
        task = replace(task, samples=await _samples(arguments))
    if needs_model:
        task = _shared(task, arguments, f"{found.model} at {found.host}")
    generation = Generation(task, terms.read(os.environ), Forms(), _tell)
    return await generation.run(lambda: Model(found))


def accept(candidate: Candidate, *, is_yes: bool, question: str = "Run it?") -> None:
    """Show a candidate and ask for a yes. Raises CommandError without one."""
    sys.stderr.write(f"\n{review.review(candidate)}\n\n")
    if not candidate.cell:
        raise CommandError("there is nothing to accept")
    if is_yes:
        if not candidate.is_sound:
            raise CommandError("nothing is accepted: a check fails")
        return
    demand_yes(question, "nothing is accepted")


def demand_yes(question: str, refused: str, *, unasked: str = "") -> None:
    """Ask a question at the terminal. Raises CommandError without a yes, or, in the words of
    `unasked` if there are such, without a terminal."""
    if not sys.stdin.isatty():
        raise CommandError(f"{unasked or refused}: add --yes, or ask from a terminal")
    if not _ask(question, default=False):
        raise CommandError(refused)


def _ask(question: str, *, default: bool) -> bool:
    """Ask a yes-or-no question at the terminal; `default` is what an empty line means."""
    sys.stderr.write(f"{question} [{'Y/n' if default else 'y/N'}] ")
    sys.stderr.flush()
    said = sys.stdin.readline().strip().lower()
    return said in ("y", "yes") or (default and said == "")


def _shared(task: Task, arguments: Namespace, where: str) -> Task:
    """Show what would be sent, and leave the values out without a yes to them."""
    share = arguments.share
    if share is None:
        is_agreed = arguments.yes
        if not is_agreed and task.samples and sys.stdin.isatty():
            sys.stderr.write(
                f"To {where} go your words, the values that a draft fails for, and these:\n"
                f"{prompts.shown(task)}\n"
            )
            is_agreed = _ask("Send the values, too?", default=True)
        share = "values" if is_agreed else "schema-only"
    task = replace(task, share=share)
    what = prompts.shown(task) or "no values"
    sys.stderr.write(f"Sent to {where}: {task.words!r}, the declaration, and\n{what}\n")
    return task


def _tell(kind: str, data: Mapping[str, Any]) -> None:
    if kind == "drafted" and "failure" in data:
        sys.stderr.write(f"round {data['round']}: fails: {data['failure']}: {data['message']}\n")
    elif kind != "drafted":
        sys.stderr.write(f"round {data['round']}: {kind} …\n")


async def _samples(arguments: Namespace) -> tuple[Sample, ...]:
    samples: list[Sample] = []

    async def collect() -> None:
        async with aclosing(entries(arguments)) as received:
            async for value, at in received:
                samples.append(Sample(value, at))
                if len(samples) == SAMPLES:
                    return

    try:
        await asyncio.wait_for(collect(), SAMPLES_WITHIN_S)
    except asyncio.TimeoutError:
        if not samples:
            sys.stderr.write(f"neutrino: no value has come within {SAMPLES_WITHIN_S:g} s\n")
    return tuple(samples)


async def _print(arguments: Namespace, command: Command, process: Process) -> None:
    left = arguments.count
    async with aclosing(values(arguments)) as received:
        async for value, at in received:
            results: list[Any] = []
            given = _as_received(process.operator, value)
            await asyncio.to_thread(process.run, [(given, at, None, 0)], results)
            while process.errors:
                sys.stderr.write(f"neutrino: {process.errors.popleft().message}\n")
            acc = next(iter(process.states().values()), {})
            for _, result, _ in results:
                line = command.line.format(
                    symbol=arguments.symbol,
                    value=shown(value),
                    result=shown(thawed(result)),
                    state=acc,
                )
                print(line, flush=True)  # noqa: T201
                left -= 1
                if left == 0:
                    return


def _built_in(op: str, params: Mapping[str, Any]) -> Operator:
    declared = tuple(Field(name, default=value) for name, value in params.items())
    return make(Stream("command", "every:1s", "command", 0, op=op, params=declared), None, {})


def _as_received(operator: Operator, value: Any) -> Any:
    """Put a value back to where the operator selects it from."""
    for field in operator.stream.select:
        for part in reversed(field.name.split(".")):
            value = {part: value}
    return value


def _declaration(arguments: Namespace, wanted: Wanted) -> str:
    params = ", ".join(f"{name}={_literal(value)}" for name, value in wanted.params.items())
    lines = ["@STREAM", "name: command", "source: every:1s"]
    if arguments.select:
        lines.append(f"select: {arguments.select}")
    if params:
        lines.append(f"params: {params}")
    return "\n".join(lines)


def _literal(value: Any) -> str:
    """Write a param: numbers that came as text are numbers, as in the seed's own calls."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = json.loads(value)
    return repr(value)


def _wanted(arguments: Namespace) -> Wanted:
    """Read what the command is told. Raises CommandError."""
    words, given = arguments.operation, getattr(arguments, "operation_config", "")
    if given:
        return Wanted(words, _object(given))
    config = _object(words)
    return Wanted(str(config.get("description", "")), config.get("parameters", {}))


def _object(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("parameters", {}), dict):
        raise CommandError(f'{text!r} is no JSON object such as {{"description": "under 20"}}')
    return content
