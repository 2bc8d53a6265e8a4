"""What is pushed of sessions, to who comes early, late, and to who reads slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from neutrino_lab.kernels import feed
from neutrino_lab.kernels.changes import Changes
from neutrino_lab.kernels.errors import SessionExpiredError
from neutrino_lab.kernels.executions import Execution, reporting
from neutrino_lab.kernels.feed import SessionEvent
from neutrino_lab.kernels.service import Request
from tests.execution.conftest import USER, Runs


async def until(
    listing: AsyncGenerator[dict[str, Any], None], condition: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """Read lists of sessions up to the first that fulfils a condition of its newest session."""
    found = []
    async for told in listing:
        found.append(told)
        if condition(told["sessions"][-1] if told["sessions"] else {}):
            return found
    raise AssertionError("the feed has ended")


def test_who_waits_for_a_change_misses_steps_and_never_the_last_one() -> None:
    async def wait() -> None:
        changes, above = Changes(), Changes()
        changes.above = above
        changes.note()
        await changes.after(0)  # it was before anybody waited
        waiting = asyncio.create_task(changes.after(1))
        await asyncio.sleep(0)
        assert not waiting.done()
        changes.note()
        changes.note()
        await waiting
        assert (changes.revision, above.revision) == (3, 3)

    asyncio.run(asyncio.wait_for(wait(), 30))


def test_a_list_is_told_whole_at_first_and_after_each_change(runs: Runs) -> None:
    async def follow() -> None:
        async with aclosing(feed.sessions(runs.service, USER)) as listing:
            assert (await anext(listing))["revision"] == 1
            session = await runs.service.open_session(USER, name="first")
            told = await until(listing, lambda each: each.get("state") == "idle")
            assert {each["sessions"][-1]["name"] for each in told} == {"first"}
            running = asyncio.create_task(runs.running("input_ = 1", session.id))
            await running
            await until(listing, lambda each: each["last_used"] == session.last_used)
            assert [e["session_id"] for e in (await late(runs))["sessions"]] == [session.id]
            await runs.service.end_session(session.id, USER)
            told = await until(listing, lambda each: each == {})
            revisions = [each["revision"] for each in told]
            assert revisions == sorted(set(revisions))

    runs.wait(follow())


async def late(runs: Runs) -> dict[str, Any]:
    """Give what somebody is told who begins to listen only now."""
    async with aclosing(feed.sessions(runs.service, USER)) as listing:
        return await anext(listing)


def test_a_list_tells_of_ones_own_sessions_with_their_memory_measured_again(runs: Runs) -> None:
    id_ = runs.session()
    other = runs.session("bob")

    async def follow() -> None:
        every_s = 0.0
        async with aclosing(feed.sessions(runs.service, USER, measured_every_s=every_s)) as listing:
            first = await anext(listing)
            assert [each["session_id"] for each in first["sessions"]] == [id_]
            (told,) = first["sessions"]
            assert told["memory_mb"] > 1
            await runs.running("kept = bytearray(b'x') * 200_000_000", id_)
            grown = told["memory_mb"] + 150
            await until(listing, lambda each: each["memory_mb"] > grown)

    runs.wait(follow())
    runs.wait(runs.service.end_session(id_, USER))
    runs.wait(runs.service.end_session(other, "bob"))


async def read(told: AsyncGenerator[SessionEvent, None], last: str) -> list[SessionEvent]:
    """Read what is told of a session up to an event of a kind."""
    found = []
    async for each in told:
        found.append(each)
        if each.kind == last:
            return found
    raise AssertionError("the feed has ended")


def shown(told: list[SessionEvent]) -> list[tuple[str, Any]]:
    """Leave out what the time decides: how often a state was seen, and progress."""
    return [
        (each.kind, each.data["code"] if each.kind == "cell" else each.execution_id is not None)
        for each in told
        if each.kind not in ("session", "progress")
    ]


@pytest.fixture
def id_(runs: Runs) -> Any:
    id_ = runs.session()
    yield id_
    if any(each.id == id_ for each in runs.service.listed(USER)):
        runs.wait(runs.service.end_session(id_, USER))


def test_who_follows_a_session_is_told_what_was_run_what_runs_and_its_end(
    runs: Runs, id_: str
) -> None:
    runs.run("print('before')", id_)
    session = runs.service.sessions.get(id_, USER)

    async def follow() -> None:
        async with aclosing(feed.session(session)) as told:
            first = await anext(told)
            assert (first.kind, first.data["session_id"]) == ("session", id_)
            (cell,) = first.data["cells"]
            assert cell == {
                "execution_id": session.cells[0].id,
                "code": "print('before')",
                "outputs": [{"output_type": "stream", "name": "stdout", "text": "before\n"}],
                "execution_count": 1,
                "status": "ok",
                "duration_ms": cell["duration_ms"],
            }
            running = asyncio.create_task(runs.running("print('now')", id_))
            assert shown(await read(told, "finished")) == [
                ("cell", "print('now')"),
                ("started", True),
                ("output", True),
                ("finished", True),
            ]
            await running
            await runs.service.end_session(id_, USER)
            assert (await read(told, "ended"))[-1] == SessionEvent("ended", None, {})
            assert [each async for each in told] == []

    runs.wait(follow())


def test_who_comes_in_the_middle_of_a_run_is_told_all_of_it(runs: Runs, id_: str) -> None:
    session = runs.service.sessions.get(id_, USER)

    async def follow() -> None:
        code = "print('a')\nwhile True: pass"
        running = asyncio.create_task(runs.running(code, id_))
        async with (
            aclosing(feed.session(session)) as early,
            aclosing(feed.session(session)) as late,
        ):
            assert shown(await read(early, "output"))[-1] == ("output", True)
            assert shown(await read(late, "output")) == [
                ("cell", code),
                ("started", True),
                ("output", True),
            ]
            runs.service.interrupt_session(id_, USER)
            await running
            assert (await read(late, "finished"))[-1].data["status"] == "interrupted"

    runs.wait(follow())


def test_who_reads_slowly_is_told_of_cells_that_ran_meanwhile_once_and_in_order(
    runs: Runs, id_: str
) -> None:
    session = runs.service.sessions.get(id_, USER)

    async def follow() -> None:
        async with aclosing(feed.session(session)) as told:
            await anext(told)
            for code in ("1", "2", "3"):
                await runs.running(code, id_)
            await runs.service.end_session(id_, USER)
            cells = [each for each in await read(told, "ended") if each.kind == "cell"]
            assert [each.data["code"] for each in cells] == ["1", "2", "3"]
            assert [each.data["status"] for each in cells] == ["ok"] * 3

    runs.wait(follow())


def test_a_kernel_that_comes_back_is_told(runs: Runs, id_: str) -> None:
    session = runs.service.sessions.get(id_, USER)

    async def follow() -> None:
        async with aclosing(feed.session(session)) as told:
            await anext(told)
            running = asyncio.create_task(runs.running("import os; os._exit(3)", id_))
            assert (await read(told, "finished"))[-1].data["status"] == "killed"
            await running
            states: list[str] = []
            while not states or states[-1] != "idle":
                states += [each.data["state"] for each in await read(told, "session")][-1:]
            assert "restarting" in states
            restarting = asyncio.create_task(runs.service.restart_session(id_, USER))
            assert (await read(told, "session"))[-1].data["state"] == "restarting"
            assert (await read(told, "session"))[-1].data["state"] == "idle"
            await restarting

    runs.wait(follow())


def test_a_run_tells_how_long_it_has_run_and_may_run_and_what_it_waits_for(
    runs: Runs, id_: str
) -> None:
    async def follow() -> None:
        first = await runs.service.execute(USER, Request("while True: pass", session_id=id_))
        second = await runs.service.execute(USER, Request("1", session_id=id_, timeout_s=20))
        async with aclosing(second.read()) as events:
            waiting = await anext(events)
        assert (waiting.kind, waiting.data["phase"], waiting.data["limit_ms"]) == (
            "progress",
            "queued",
            20_000,
        )
        async with aclosing(first.read()) as events:
            kinds = [await anext(events), await anext(events)]
        assert [each.kind for each in kinds] == ["started", "progress"]
        assert kinds[0].data["limit_ms"] == 30_000
        told = kinds[1].data
        assert (told["phase"], told["limit_ms"]) == ("running", 30_000)
        assert 0 < told["elapsed_ms"] < 30_000
        first.stop.set()
        assert (await second.finished()).status == "ok"

    runs.wait(follow())


def test_a_run_that_waits_for_a_kernel_says_so() -> None:
    async def follow() -> None:
        execution = Execution(USER, "1", None)
        async with reporting(execution), aclosing(execution.read()) as events:
            event = await anext(events)
        assert (event.kind, event.data["phase"], event.data["limit_ms"]) == (
            "progress",
            "starting",
            None,
        )

    asyncio.run(asyncio.wait_for(follow(), 30))


def test_a_session_that_ends_while_it_restarts_has_expired(runs: Runs, id_: str) -> None:
    session = runs.service.sessions.get(id_, USER)

    async def follow() -> None:
        async with aclosing(feed.session(session)) as told:
            await anext(told)
            restarting = asyncio.create_task(runs.service.restart_session(id_, USER))
            assert (await read(told, "session"))[-1].data["state"] == "restarting"
            await runs.service.end_session(id_, USER)
            with pytest.raises(SessionExpiredError):
                await restarting

    runs.wait(follow())
