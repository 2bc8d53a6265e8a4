"""What the service may be told, in one place; each has a default that is safe."""

from __future__ import annotations

from dataclasses import dataclass, field

from neutrino_lab.kernels.isolation import Isolation

MOST_CODE_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service runs code.

    Times in seconds. `sessions` and `concurrent` are for each user, `per_minute` too; `pool` and
    `most_kernels` for all. `denied` names what code may not use, as a lint. A package that is
    missing is named (`packages` is `ask`), installed for its kernel (`allow`), or is not to be had
    (`deny`). `audit_code` keeps the code itself in the audit, not its hash alone.
    """

    isolation: Isolation = field(default_factory=Isolation)
    kernel_name: str = "python3"
    imports: tuple[str, ...] = ()
    pool: int = 2
    most_kernels: int = 64
    kernel_wait_s: float = 60.0
    start_s: float = 60.0
    timeout_s: float = 30.0
    most_timeout_s: float = 60.0
    return_s: float = 5.0
    ttl_s: float = 3600.0
    output_bytes: int = 1_000_000
    sessions: int = 64
    concurrent: int = 32
    per_minute: int = 600
    denied: tuple[str, ...] = ()
    packages: str = "ask"
    audit_code: bool = True
    most_cache_s: float = 3600.0
