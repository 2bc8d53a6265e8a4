'''An endpoint, or what it calls, reads a name that no cell sets, or that a cell deletes.

Why: it works only where the kernel still knows the name, from a cell that is gone or from a magic.
In the service each call fails.

Example:
    """
    @HTTP
    GET /mean
    """
    def mean():
        return float(np.mean([1, 2]))

Fix: import or define the name in a cell of the notebook.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding, Question, Scope
from neutrino_lab.notebook.magics import may_set
from neutrino_lab.notebook.wording import say

CODE: Final = "NL119"
SEVERITY: Final = "warning"
KINDS: Final = ("HTTP", "WS", "SCHEDULE")


def check(declared: Declared) -> Iterator[Question]:
    if declared.reads and not declared.is_broken:
        yield lambda scope: _unset(declared, scope)


def _unset(declared: Declared, scope: Scope) -> Iterator[Finding]:
    if scope.is_opaque or scope.is_broken or scope.leading.isdisjoint(declared.reads):
        return
    unset = [
        (name, reader) for name, reader in _reached(declared, scope).items() if name in scope.unset
    ]
    function = declared.function
    own = say("`{function}`", function=function.name) if function else say("this cell")
    span = function.span if function else declared.tree.kind.span
    for name, reader in sorted(unset):
        called = say("`{reader}`, which {own} calls,", reader=reader, own=own) if reader else own
        if name in scope.deleted:
            yield Finding(
                say(
                    "cell {deleted} deletes `{name}`, and {called} reads it",
                    deleted=scope.deleted[name],
                    name=name,
                    called=called,
                ),
                say("leave that `del` out, or set the name again in a cell below"),
                span,
            )
            continue
        setting = [each.text.partition("\n")[0] for each in scope.magics if may_set(each, name)]
        hint = say("import or define it in a cell of this notebook")
        if setting:
            hint = say(
                "`{setting}` may set it, which a service does not run; write that as Python",
                setting=setting[0],
            )
        yield Finding(
            say("no cell sets `{name}`, and {called} reads it", name=name, called=called),
            hint,
            span,
        )


def _reached(declared: Declared, scope: Scope) -> dict[str, str]:
    """Give the names that are read, each with the function called that reads it, if another."""
    found = dict.fromkeys(declared.reads, "")
    pending = list(found)
    while pending:
        caller = pending.pop()
        for name in scope.reads.get(caller, ()):
            if name not in found:
                found[name] = caller
                pending.append(name)
    return found
