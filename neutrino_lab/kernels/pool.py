"""Kernels that have started before anybody asks, and how many there may be at all."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from typing import Any

from neutrino_lab.kernels.errors import KernelsError, NoKernelError, UnknownKernelError
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.kernel import Kernel

LOGGER = logging.getLogger(__name__)

_REFILL_AFTER_S = 0.1
_RETRY_AFTER_S = (1.0, 60.0)
"""After a kernel that did not start: the first pause, and the longest."""

# One that is only slow is left where it is.
_CHECK_S = 20.0

Make = Callable[[str, Isolation | None], Kernel]


class Pool:
    """Idle kernels for each kernelspec. One that was handed out never comes back.

    `size` are kept ready of each kernelspec that has been asked for; `most` is the number of
    kernels of all kinds, over which a call waits, up to `wait_s`; `count` is how many there are,
    with those that are starting.
    """

    def __init__(self, make: Make, *, size: int, most: int, wait_s: float) -> None:
        self.size = size
        self._make = make
        self._most = most
        self._wait_s = wait_s
        self.count = 0
        self._room = asyncio.Event()
        self._idle: dict[str, deque[Kernel]] = defaultdict(deque)
        self._wanted: dict[str, deque[asyncio.Future[Kernel]]] = defaultdict(deque)
        self._starting: dict[str, int] = defaultdict(int)
        self._checked: dict[str, int] = defaultdict(int)
        self._failures: dict[str, int] = defaultdict(int)
        # More at once would only be slower, and late.
        self._starts = asyncio.Semaphore(2 * (os.cpu_count() or 1))
        self._tasks: set[asyncio.Task[None]] = set()
        self._lent: set[str] = set()
        self._is_closed = False

    @property
    def idle(self) -> int:
        """How many kernels wait to be taken, of all kinds."""
        return sum(map(len, self._idle.values()))

    def fill(self, name: str) -> None:
        """Begin to start as many kernels of a name as are missing, within the limit of all."""
        waiting = len(self._wanted[name])
        there = len(self._idle[name]) + self._checked[name] + self._starting[name]
        missing = waiting + self.size - there
        for place in range(missing):
            # Those that are to be idle wait for nobody to end.
            if self.count >= self._most and place >= waiting:
                return
            self._starting[name] += 1
            self._begin("start", self._start(name))

    async def take(self, name: str) -> Kernel:
        """Give a kernel that has run nothing. Raises NoKernelError, UnknownKernelError."""
        while self._idle[name]:
            kernel = self._idle[name].popleft()
            self.fill(name)
            if await kernel.is_healthy():
                return kernel
            self.end(kernel)
        future: asyncio.Future[Kernel] = asyncio.get_running_loop().create_future()
        self._wanted[name].append(future)
        self.fill(name)
        try:
            return await asyncio.wait_for(future, self._wait_s)
        except asyncio.TimeoutError:
            raise self._none() from None
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception():
                self.end(future.result())
            raise
        finally:
            if future in self._wanted[name]:
                self._wanted[name].remove(future)

    async def start(self, name: str, isolation: Isolation) -> Kernel:
        """Start a kernel with an isolation of its own. Raises NoKernelError, UnknownKernelError."""
        try:
            await asyncio.wait_for(self._take_room(), self._wait_s)
        except asyncio.TimeoutError:
            raise self._none() from None
        return await self._started(self._make(name, isolation))

    async def check(self) -> None:
        """Replace idle kernels that have ended or answer no more, before anybody gets them."""
        for name, kernels in list(self._idle.items()):
            for _ in range(len(kernels)):
                if not kernels:
                    break
                kernel = kernels.popleft()
                self._checked[name] += 1
                is_healthy = False
                try:
                    is_healthy = await kernel.is_healthy(_CHECK_S)
                except asyncio.CancelledError:
                    is_healthy = True  # nobody knows otherwise
                    raise
                finally:
                    self._checked[name] -= 1
                    if is_healthy:
                        self._hand_over(name, kernel)
                    else:
                        LOGGER.warning("an idle kernel %s answers no more and is replaced", name)
                        self.end(kernel)
                        self.fill(name)

    async def lend(self, name: str) -> str:
        """Give a kernel away for good, as an id: its manager ends it. Raises as `take` does."""
        kernel = await self.take(name)
        await kernel.release()
        self._lent.add(kernel.kernel_id)
        return kernel.kernel_id

    def give_back(self, kernel_id: str) -> None:
        """Take note that a kernel that was lent has ended."""
        if kernel_id in self._lent:
            self._lent.discard(kernel_id)
            self._give_room()

    def end(self, kernel: Kernel) -> None:
        """End a kernel that was handed out; nobody waits for that."""
        self._begin("end", self._end(kernel))

    async def close(self) -> None:
        """End all that are idle, and wait for all that are ending."""
        self._is_closed = True
        for task in [each for each in self._tasks if each.get_name() == "start"]:
            task.cancel()
        for kernels in self._idle.values():
            while kernels:
                self.end(kernels.popleft())
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _none(self) -> NoKernelError:
        return NoKernelError(
            f"No kernel is free: {self.count} of {self._most} are in use. Try again later, "
            "or end a session."
        )

    async def _start(self, name: str) -> None:
        kernel = None
        try:
            if not self._wanted[name]:
                # Who has just been given a kernel is to use it before another one takes the CPU.
                await asyncio.sleep(_REFILL_AFTER_S)
            await self._take_room()
            kernel = await self._started(self._make(name, None))
        except KernelsError as error:
            self._fail(name, error)
        finally:
            self._starting[name] -= 1
        if kernel is None:
            return
        self._failures[name] = 0
        self._hand_over(name, kernel)

    def _hand_over(self, name: str, kernel: Kernel) -> None:
        """Give a kernel to who waits, or keep it."""
        while self._wanted[name]:
            future = self._wanted[name].popleft()
            if not future.done():
                future.set_result(kernel)
                return
        if self._is_closed or len(self._idle[name]) >= self.size:
            self.end(kernel)
        else:
            self._idle[name].append(kernel)

    def _fail(self, name: str, error: KernelsError) -> None:
        """Tell the first caller that waits; for the idle ones, try again later."""
        while self._wanted[name]:
            future = self._wanted[name].popleft()
            if not future.done():
                future.set_exception(error)
                return
        if not isinstance(error, UnknownKernelError):
            self._begin("start", self._fill_later(name))

    async def _fill_later(self, name: str) -> None:
        first_s, most_s = _RETRY_AFTER_S
        self._failures[name] += 1
        await asyncio.sleep(min(first_s * 2 ** (self._failures[name] - 1), most_s))
        self.fill(name)

    async def _started(self, kernel: Kernel) -> Kernel:
        try:
            async with self._starts:
                await kernel.start()
        except BaseException:
            await kernel.end()
            self._give_room()
            raise
        return kernel

    async def _take_room(self) -> None:
        while self.count >= self._most:
            if any(self._idle.values()):
                # Another kernelspec's idle kernel is of less use than one that is asked for.
                name = max(self._idle, key=lambda each: len(self._idle[each]))
                self.end(self._idle[name].popleft())
            self._room.clear()
            await self._room.wait()
        self.count += 1

    def _give_room(self) -> None:
        self.count -= 1
        self._room.set()

    async def _end(self, kernel: Kernel) -> None:
        try:
            await kernel.end()
        finally:
            self._give_room()

    def _begin(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.set_name(kind)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
