'''A cron line cannot be read, or never fires.

Why: the function would not run, or not when it should.

Example:
    """
    @SCHEDULE
    cron: 99 * * * * *
    """
    def tick():
        print("tick")

Fix: write six fields, `second minute hour day month weekday`, or the classic five without seconds;
each is `*`, a number, a range `1-5`, a list `1,3` or a step `*/10`.
'''

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Final, NamedTuple

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.tree import Token
from neutrino_lab.notebook.wording import NOTHING, Worded, say
from neutrino_lab.runtime.schedules.cron import parse_cron

CODE: Final = "NL503"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)


class _Field(NamedTuple):
    name: Worded
    low: int
    high: int
    words: tuple[str, ...] = ()


_UNITS: Final = {"a second": "s", "a minute": "m", "an hour": "h"}
_DAY: Final = _Field(say("a day of the month"), 1, 31)
_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_WEEKDAY: Final = _Field(say("a weekday"), 0, 7, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
_FIELDS: Final = (
    _Field(say("a second"), 0, 59),
    _Field(say("a minute"), 0, 59),
    _Field(say("an hour"), 0, 23),
    _DAY,
    _Field(say("a month"), 1, 12, _MONTHS),
    _WEEKDAY,
)
# A leap day's weekday repeats within 28 years, a century's gap included within 40.
_FROM: Final = datetime(2024, 1, 1, tzinfo=timezone.utc)
_MACROS: Final = {
    "@hourly": "0 0 * * * *",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@weekly": "0 0 0 * * 0",
    "@monthly": "0 0 0 1 * *",
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
}


def check(declared: Declared) -> Iterator[Finding]:
    for key, scalar in declared.scalars():
        if key.form == "cron":
            yield from _judge(scalar)


def _judge(cron: Token) -> Iterator[Finding]:
    parts = cron.text.split()
    if len(parts) not in (5, 6):
        meant = _MACROS.get(cron.text.casefold())
        yield Finding(
            say("`{cron}` has one field, and a cron line has six", cron=cron.text)
            if len(parts) == 1
            else say(
                "`{cron}` has {count} fields, and a cron line has six",
                cron=cron.text,
                count=len(parts),
            ),
            say("write `{meant}`", meant=meant)
            if meant
            else say(
                "write `second minute hour day month weekday`, or five fields without the second"
            ),
            cron.span,
            edits.replace(cron.span, meant or ""),
        )
        return
    column = 0
    has_flaw = False
    for field, part in zip(_FIELDS[6 - len(parts) :], parts, strict=True):
        column = cron.text.index(part, column)
        for finding in _judge_field(field, part, cron, column):
            has_flaw = True
            yield finding
        column += len(part)
    if not has_flaw and not _fires(cron.text):
        yield Finding(
            say("`{cron}` never fires: no date is like that", cron=cron.text),
            say("check the day against the month"),
            cron.span,
        )


def _judge_field(field: _Field, part: str, cron: Token, at: int) -> Iterator[Finding]:
    for item in part.split(","):
        flaw = _flaw(field, item)
        if flaw is not None:
            wrong, hint = flaw
            start = at + item.index(wrong)
            span = cron.span.part(start, start + max(1, len(wrong)))
            message = (
                say("`{wrong}` is not {field}", wrong=wrong, field=field.name)
                if wrong
                else say("a number is missing here")
            )
            fix = "*" if wrong == "?" else ""
            yield Finding(message, hint, span, edits.replace(span, fix))
        at += len(item) + 1


def _flaw(field: _Field, item: str) -> tuple[str, Worded] | None:
    """Give the part of a list's item that is wrong, and what to write."""
    value, slash, step = item.partition("/")
    if slash and (flaw := _step_flaw(field, step)):
        return f"/{step}", flaw
    if value == "?":
        return "?", say("write `*`, which means the same here")
    if value == "*" or _is_special(field, value):
        return None
    start, dash, end = value.partition("-")
    numbers = [_number(field, each) for each in ((start, end) if dash else (start,))]
    for each, number in zip((start, end), numbers, strict=False):
        if number is None:
            return each, _range(field)
    # Weekdays alone go round: FRI-MON is a long weekend.
    if dash and field is not _WEEKDAY and (numbers[0] or 0) > (numbers[1] or 0):
        return value, say("a range goes from the lower to the higher")
    return None


def _range(field: _Field) -> Worded:
    if not field.words:
        return say(
            "{field} is from {low} to {high}", field=field.name, low=field.low, high=field.high
        )
    return say(
        "{field} is from {low} to {high}, or a name such as `{example}`",
        field=field.name,
        low=field.low,
        high=field.high,
        example=field.words[0],
    )


def _step_flaw(field: _Field, step: str) -> Worded:
    if not (step.isascii() and step.isdigit() and int(step) > 0):
        return say("a step is a number from 1, as in `*/10`")
    if int(step) <= field.high:
        return NOTHING
    longer = f"interval: {int(step)}{_UNITS.get(field.name, 'd')}"
    return say(
        "{field} is from {low} to {high}; for more write `{longer}` instead",
        field=field.name,
        low=field.low,
        high=field.high,
        longer=longer,
    )


def _number(field: _Field, text: str) -> int | None:
    if text.upper() in field.words:
        return field.words.index(text.upper()) + field.low
    if text.isascii() and text.isdigit() and len(text) < 5 and field.low <= int(text) <= field.high:
        return int(text)
    return None


def _is_special(field: _Field, value: str) -> bool:
    """Tell the last day (`L`, `LW`) and the nth or last weekday (`MON#2`, `5L`) from mistakes."""
    text = value.upper()
    if field is _DAY:
        return text in ("L", "LW")
    day, mark, nth = text.partition("#")
    if field is _WEEKDAY and mark:
        return _number(field, day) is not None and nth in tuple("12345")
    return field is _WEEKDAY and len(text) == 2 and text[0] in "01234567" and text[1] == "L"


def _fires(text: str) -> bool:
    try:
        next(parse_cron(text).after(_FROM))
    except (StopIteration, AssertionError, ValueError, OverflowError):
        return False
    return True
