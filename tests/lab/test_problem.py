"""Every error has its status."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tornado.web import HTTPError

from neutrino_lab.lab import problem
from neutrino_lab.lab.errors import LabError, UntrustedError
from neutrino_lab.lab.protocol.problem import Problem
from neutrino_lab.runtime.errors import NeutrinoError

# These never come as far as a handler.
ELSEWHERE = {"DockerError", "ScaffoldError"}


def leaves(kind: type[NeutrinoError]) -> Iterator[type[NeutrinoError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for each in below:
        yield from leaves(each)


@pytest.mark.parametrize("kind", [*leaves(NeutrinoError)], ids=lambda kind: kind.__name__)
def test_every_error_has_a_status(kind: type[NeutrinoError]) -> None:
    assert kind in problem.STATUSES or kind.__name__ in ELSEWHERE


def test_codes_are_all_different() -> None:
    codes = [kind.code for kind in leaves(LabError)]
    assert len(codes) == len(set(codes))


def test_a_refusal_carries_its_context() -> None:
    assert problem.problem(UntrustedError("look first", path="a.ipynb")) == (
        403,
        Problem(code="untrusted", message="look first", context={"path": "a.ipynb"}),
    )


def test_what_was_not_foreseen_tells_nothing_of_itself() -> None:
    status, body = problem.problem(ValueError("sesame"))
    assert (status, body.code) == (500, "internal")
    assert "sesame" not in body.message


def test_a_bare_status_stays_one() -> None:
    assert problem.problem(HTTPError(405, "sesame"))[1].message == "This method is not known here."
