"""What is known of the objects behind names as the cells run from top to bottom.

Where it cannot be told what an object is, it is taken to be one that changes: a cell that runs once
too often costs time, an object that was changed twice is a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from neutrino_lab.notebook.objects import (
    CONSTANT,
    CONTAINERS,
    GET_ITEM,
    MUTATOR,
    PARTIAL,
    RANDOM,
    STREAM,
    ArgumentKey,
    Body,
    CallSite,
    Objects,
)

_NO_BODY = Body()
_BUILT_IN = {"defaultdict.__missing__": Body(("self", "key"), frozenset({"self"}))}
# A function may return what another one returns, and so on.
_MOST_CALLS = 5


class KnownObjects:
    """What is known of objects from the cells so far.

    `_restless` are the classes whose objects change where no call is written: by an operator, `len`
    or a property. `_doubtful` are the names that may stand for one of these, or hold one.
    """

    def __init__(self) -> None:
        self._aliases: dict[str, set[str]] = {}
        self._makers: dict[str, str] = {}
        self._bodies: dict[str, Body] = dict(_BUILT_IN)
        self._bases: dict[str, tuple[str, ...]] = {}
        self._restless: set[str] = set()
        self._doubtful: set[str] = set()

    def copy(self) -> KnownObjects:
        """Make another that learns by itself."""
        copied = KnownObjects()
        copied._aliases = {name: set(known) for name, known in self._aliases.items()}
        copied._makers, copied._bodies = dict(self._makers), dict(self._bodies)
        copied._bases = dict(self._bases)
        copied._restless, copied._doubtful = set(self._restless), set(self._doubtful)
        return copied

    def learn(
        self, cell: Objects, *, binds: frozenset[str], eager: frozenset[str], reads: set[str]
    ) -> None:
        """Take in a cell that sets `binds`, and reads some of them before, and others in what it
        may call."""
        own = {name for name, _ in (*cell.aliases, *cell.items)}
        for name in binds - eager:
            if name not in own:
                self._aliases.pop(name, None)
            self._makers.pop(name, None)
            self._bodies.pop(name, None)
            self._doubtful.discard(name)
        for name, source in cell.aliases:
            self._aliases.setdefault(name, set()).add(source)
        for name, source in cell.items:
            if self._makers.get(source) in CONTAINERS:
                self._aliases.setdefault(name, set()).add(source)
        self._makers.update(cell.makers)
        self._bodies.update(cell.bodies)
        self._bases.update(cell.bases)
        for name, call in cell.results:
            if given := {*self._given_by(call)} - {name}:
                self._aliases.setdefault(name, set()).update(given)
        self._learn_restless(cell, binds, reads)

    def changed(self, cell: Objects, reads: Iterable[str], known: Iterable[str]) -> set[str]:
        """Give the names whose objects a cell changes that reads these; some are `known`."""
        found = {*known, *cell.decorated_by}
        for call in cell.calls:
            found |= self._changed_by(call)
        for call in cell.changed_results:
            found.update(self._given_by(call))
        bound = {name for name, _ in cell.makers}
        for name in reads:
            if name in self._doubtful or (name not in bound and self._moves_on(name)):
                found.add(name)
        for name in {*reads, *(call.name for call in cell.calls if not call.receiver)}:
            # What a function that may be called gives to another one.
            body = self._body(name)
            for call in body.calls:
                found |= self._changed_by(call) - {*body.parameters}
        pending = list(found)
        while pending:
            for source in self._aliases.get(pending.pop(), ()):
                is_fixed = source in self._bodies or self._is_constant(source)
                if source not in found and not is_fixed:
                    found.add(source)
                    pending.append(source)
        return found

    def _learn_restless(self, cell: Objects, binds: frozenset[str], reads: set[str]) -> None:
        for name in cell.bases:
            self._restless.discard(name)
        for name in cell.bases:
            if not self._restless.isdisjoint(cell.bases[name]) or self._changes_unasked(name, cell):
                self._restless.add(name)
        if self._restless.isdisjoint({*reads, *cell.bases}) and self._doubtful.isdisjoint(reads):
            return
        for name in binds:
            maker = self._maker(name)
            if name in cell.bodies or name in cell.bases or maker in (CONSTANT, STREAM, MUTATOR):
                continue
            if maker not in self._bases or maker in self._restless:
                self._doubtful.add(name)

    def _changes_unasked(self, owner: str, cell: Objects) -> bool:
        for name, body in cell.bodies.items():
            if body.is_implicit and name.startswith(f"{owner}."):
                changes = self._changes(body, frozenset({name.partition(".")[2]}))
                if body.parameters[:1] and body.parameters[0] in changes:
                    return True
        return False

    def _moves_on(self, name: str) -> bool:
        """Whether what a name stands for is another one once it has been read."""
        maker = self._makers.get(name, "")
        is_stream = maker == STREAM or self._bases.get(maker) == (STREAM,)
        return is_stream or self._body(maker).is_generator

    def _changed_by(self, call: CallSite, seen: frozenset[str] = frozenset()) -> set[str]:
        body, has_self = self._called(call)
        found: set[str] = {RANDOM} if self._draws(call) else set()
        if not call.receiver and self._changes_itself(call.name):
            found.add(call.name)
        changes = self._changes(body, seen | {call.name})
        names = body.parameters
        if has_self and call.receiver and names[:1] and names[0] in changes:
            found.add(call.receiver)
        given = {self._parameter(body, place, has_self): name for place, name in call.given}
        for parameter, name in given.items():
            if parameter in changes or self._is_filled(name, parameter, body):
                found.add(name)
        if not call.receiver and changes & body.defaults - given.keys():
            found.add(call.name)
        if call.changes_handed or any(self._changes_given(each, seen) for each in call.handed):
            found.update(each for each in call.handed if each not in self._bodies)
        return {name for name in found if not self._is_constant(name)}

    def _draws(self, call: CallSite) -> bool:
        """Whether a call draws random numbers that all draw from, or seeds them."""
        if call.receiver:
            return call.attribute == ".random" or (call.receiver == "random" and not call.attribute)
        return self._bases.get(call.name) == (RANDOM,)

    def _called(self, call: CallSite) -> tuple[Body, bool]:
        """The function behind a call, and whether its first parameter is the object."""
        if call.receiver:
            return self._called_on(call), True
        if call.name in self._bases:
            return self._method(call.name, "__init__"), True
        return self._body(call.name), False

    @staticmethod
    def _parameter(body: Body, place: ArgumentKey, has_self: bool) -> ArgumentKey:
        if not isinstance(place, int):
            return place
        at = place + has_self
        return "".join(body.parameters[at : at + 1])

    def _given_by(self, call: CallSite) -> Iterator[str]:
        """The names whose object, or a part of it, a call gives."""
        body, has_self = self._called(call)
        if not body.gives:
            return
        yield from body.gives - {*body.parameters}
        if has_self and call.receiver and body.parameters[0] in body.gives:
            yield call.receiver
        for place, name in call.given:
            if self._parameter(body, place, has_self) in body.gives:
                yield name

    def _changes_given(self, name: str, seen: frozenset[str]) -> bool:
        """Whether calling what a name stands for may change what it is given."""
        owner = name in self._bases
        body = self._method(name, "__init__") if owner else self._body(name)
        if name in seen or not body.parameters:
            return False
        return bool(self._changes(body, seen | {name}) - {*body.parameters[:owner]})

    def _changes_itself(self, name: str) -> bool:
        """Whether what a name stands for remembers that it is called."""
        maker = self._makers.get(name, "")
        call = self._method(maker, "__call__") if maker in self._bases else _NO_BODY
        if maker.startswith("."):  # a method: `log = store.log`
            call = self._of_any_class(maker[1:])
        is_changed = bool(call.parameters) and call.parameters[0] in call.changes
        is_partial = maker == PARTIAL or self._bases.get(maker) == (PARTIAL,)
        return is_changed or is_partial or maker == MUTATOR or self._body(maker).keeps_state

    def _is_constant(self, name: str) -> bool:
        return self._makers.get(name) == CONSTANT

    def _is_filled(self, name: str, parameter: ArgumentKey, body: Body) -> bool:
        """Whether a function reads items of a parameter, and an object fills as these are read."""
        reads = (each.name == GET_ITEM and each.receiver == parameter for each in body.calls)
        return any(reads) and bool(self._called_on(CallSite(GET_ITEM, name)).changes)

    def _changes(self, body: Body, seen: frozenset[str]) -> set[str]:
        """The parameters that a function changes, also by what it calls with them."""
        found = set(body.changes)
        for call in body.calls:
            if call.name not in seen:
                found |= self._changed_by(call, seen)
        return found

    def _body(self, name: str) -> Body:
        return self._bodies.get(name, _NO_BODY)

    def _maker(self, name: str) -> str | None:
        """The class, or the kind of thing, behind a name or an attribute; None if unknown."""
        maker = self._makers.get(name)
        for _ in range(_MOST_CALLS):
            if maker is None or not self._body(maker).returns:
                break
            maker = self._body(maker).returns
        return None if maker is not None and maker.startswith(".") else maker

    def _called_on(self, call: CallSite) -> Body:
        """The method behind a name; where nobody knows what made the object, that of any class."""
        receiver, name = call.receiver, call.name
        maker = self._maker(call.attribute or receiver)
        if maker is not None and maker not in self._bodies:
            return self._method(maker, name)
        if receiver in self._bases:
            return self._method(receiver, name)
        return self._of_any_class(name)

    def _of_any_class(self, method: str) -> Body:
        found = (self._bodies.get(f"{each}.{method}") for each in self._bases)
        return next((each for each in found if each), _NO_BODY)

    def _method(self, owner: str, name: str) -> Body:
        pending, seen = [owner], set()
        while pending:
            each = pending.pop(0)
            if each in seen:
                continue
            seen.add(each)
            if found := self._bodies.get(f"{each}.{name}"):
                return found
            if name == GET_ITEM and (found := self._bodies.get(f"{each}.__missing__")):
                return found
            pending += self._bases.get(each, ())
        return _NO_BODY
