"""Values in a row through a function with neither window nor key: most functions have none.

What stands around a small function takes as long as the function itself. So there is one `try`
around all values, no count of each, and no tuple for a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import length_hint
from typing import TYPE_CHECKING, Any

from .operator import Operator
from .returned import pair
from .selection import SKIP
from .values import SCALARS, Chunk, Column, InterruptedOperatorError, Results, Slot, frozen

if TYPE_CHECKING:
    from .process import Process


class Batch:
    """`made` has what each value has become so far, None where that is nothing: as many as are done
    with. Any thread may look."""

    __slots__ = ("entries", "is_whole", "made", "origin")

    def __init__(self, chunk: Chunk) -> None:
        self.origin = chunk.origin
        self.entries = chunk.entries
        self.made: list[Any] = []
        # No value has become nothing: to look for that afterwards would take longer.
        self.is_whole = True

    def run(  # noqa: PLR0912, PLR0915 - a call for a branch would cost more than the branch
        self,
        operator: Operator,
        call: Any,
        params: Mapping[str, Any] | None,
        slot: Slot,
        process: Process,
    ) -> None:
        """Call the function once for each value. What fails is noted, and the others go on.

        After a failure it goes on with the next value of the same iterator. Where that has given
        no more values than there are results, an interrupt came between two values.
        """
        made, entries, select = self.made, self.entries, operator.select
        is_accumulate, is_filter = operator.kind == "accumulate", operator.kind == "filter"
        append, left = made.append, iter(entries)
        failed_at = -1 if process.failures_in_a_row else -2
        value: Any = None
        try:
            while len(made) < len(entries):
                try:
                    if is_accumulate:
                        acc = slot.acc
                        for value, _, _ in left:
                            if select is not None:
                                value = select(value)  # noqa: PLW2901
                                if value is SKIP:
                                    self.is_whole = False
                                    append(None)
                                    continue
                            both = call(acc, value) if params is None else call(acc, value, params)
                            try:
                                state, result = both
                            except (TypeError, ValueError):
                                state = None
                            if type(state) is not dict or type(both) is not tuple:
                                pair(both, operator.stream.name)
                            if type(result) is float:
                                append(result)
                            elif result is None:
                                self.is_whole = False
                                append(None)
                            elif type(result) in SCALARS:
                                append(result)
                            else:
                                append(frozen(result))
                            slot.acc = acc = state
                    else:
                        for value, _, _ in left:
                            if select is not None:
                                value = select(value)  # noqa: PLW2901
                                if value is SKIP:
                                    self.is_whole = False
                                    append(None)
                                    continue
                            result = call(value) if params is None else call(value, params)
                            if is_filter:
                                result = value if result else None
                            if type(result) is float:
                                append(result)
                            elif result is None:
                                self.is_whole = False
                                append(None)
                            elif type(result) in SCALARS:
                                append(result)
                            else:
                                append(frozen(result))
                except (Exception, InterruptedOperatorError) as error:  # noqa: BLE001
                    if len(entries) - length_hint(left) == len(made):
                        process.fail(error)
                        continue
                    self.is_whole = False
                    append(None)
                    if failed_at != len(made) - 2:
                        process.failures_in_a_row = 0
                    failed_at = len(made) - 1
                    process.fail(error, value)
        finally:
            # An interrupt on the way to the note of a failure: that value was begun, too.
            if begun := len(entries) - length_hint(left) - len(made):
                self.is_whole = False
                made += [None] * begun
        if failed_at != len(made) - 1:
            process.failures_in_a_row = 0

    def column(self) -> Results:
        """Give what the values have become, as one column or none."""
        made, entries = self.made, self.entries
        if self.is_whole:
            done = entries if len(made) == len(entries) else entries[: len(made)]
            return [Column(made, [entry[1] for entry in done])] if made else []
        pairs = zip(made, entries, strict=False)
        given = [(result, entry[1]) for result, entry in pairs if result is not None]
        if not given:
            return []
        return [Column([each[0] for each in given], [each[1] for each in given])]
