"""What is kept of an execution for an audit: no output, and no secret of ours."""

from __future__ import annotations

import hashlib
from typing import Any

from neutrino_lab.kernels.executions import Execution


def entry(
    execution: Execution, status: str, duration_ms: int, kernel_name: str, *, with_code: bool
) -> dict[str, Any]:
    """Write down one execution, with its code or its hash alone."""
    result = execution.result
    entry: dict[str, Any] = {
        "user": execution.owner,
        "execution_id": execution.id,
        "session_id": execution.session_id or "",
        "kernel_name": kernel_name,
        "code_sha256": hashlib.sha256(execution.code.encode(errors="replace")).hexdigest(),
        "code_characters": len(execution.code),
        "status": status,
        "duration_ms": duration_ms,
        "output_characters": len(result.text) if result else 0,
        "dropped_bytes": result.dropped if result else 0,
        "state_lost": bool(result and result.state_lost),
    }
    return {**entry, "code": execution.code} if with_code else entry
