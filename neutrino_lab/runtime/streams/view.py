"""What a flow tells of itself."""

from __future__ import annotations

from typing import Any

from ..sandbox.levels import ABOUT
from .flow import Flow


def describe(flow: Flow) -> dict[str, Any]:
    """Give its state and figures; no text of an exception is in it, which may hold secrets."""
    process = flow.process
    states = [{"key": key, "state": state} for key, state in process.states().items()]
    alone: Any = states[0]["state"] if states else {}
    remote = process.remote
    return {
        "stream": flow.name,
        "op": f"{flow.name}@{flow.version}",
        "status": flow.status,
        "seq": flow.seq,
        "state": alone if flow.operator.key is None else states,
        "params": process.params,
        "received": process.received,
        "emitted": flow.emitted,
        "failed": process.failed,
        "dropped": flow.buffer.dropped,
        "waiting": len(flow.buffer),
        "subscribers": flow.outlet.subscribers,
        **({} if remote is None else {"run": f"sandboxed, {ABOUT[remote.level]}"}),
    }
