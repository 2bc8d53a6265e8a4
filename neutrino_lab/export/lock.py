"""Locks what an export needs: uv resolves it once, with the kernel's own versions, for the image.

Local labels such as `+cpu` are dropped from the versions asked for: PyPI takes none, and where the
user's index has such a build, `==2.1.0` admits `2.1.0+cpu` and prefers it.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from uv import find_uv_bin

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import indexes, manifest, sbom
from neutrino_lab.export.image import image_name
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.planned import digest_of
from neutrino_lab.export.processes import Cancellation, Ran
from neutrino_lab.export.project import Wanted, overridden, wanted
from neutrino_lab.export.requirements import Requirements
from neutrino_lab.notebook import disk
from neutrino_lab.notebook.wording import Worded, code_words, say

TIMEOUT_S = 300.0
_MOST_BYTES = 64_000_000
MOST_LOCKS = 8
ASKED, LOCK, HASHED, BILL = "pyproject.toml", "uv.lock", "requirements.lock", "sbom.cdx.json"
FILES = (ASKED, LOCK, HASHED, BILL)

_LOCKED = re.compile(r"^([a-z0-9][a-z0-9-]*)==(\S+)", re.MULTILINE)
_SOURCE = re.compile(r'^source = \{ (\w+) = "([^"\n]*)" \}$', re.MULTILINE)
_YANKED = re.compile(r"warning: `([^`\n]{1,300})` is yanked(?: \(reason: (.{0,500})\))?")
_UNREACHED = re.compile(
    r"network was disabled|network connectivity is disabled|error sending request|failed to fetch"
    r"|dns error|connection refused|timed out|could not connect",
    re.IGNORECASE,
)
_QUOTES = "'\""
_CONTRADICTION = "No solution found"


@dataclass(frozen=True, slots=True)
class Locked:
    """The files of a lock by name, none where there is none; and the indexes that were asked, as
    lines of a requirements file."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


Lock: TypeAlias = Callable[[str, Requirements, Installed, CodeLocation], Locked]


class _Unlocked(Exception):  # noqa: N818 - carries a reason within this module
    def __init__(self, reason: Worded, hint: Worded):
        self.reason = reason
        self.hint = hint
        super().__init__(reason)


_Made: TypeAlias = tuple[dict[str, bytes], tuple[Diagnostic, ...]]


class Memory:
    """The newest locks, by the digest of all that they follow from: a pane plans often, and uv
    takes a second or more. Of any thread."""

    def __init__(self, most: int = MOST_LOCKS) -> None:
        self._most = most
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str) -> _Made | None:
        """Give the lock that was kept under a digest, None where there is none; it counts as new
        again."""
        with self._lock:
            if digest in self._made:
                self._made.move_to_end(digest)
            return self._made.get(digest)

    def keep(self, digest: str, made: _Made) -> None:
        """Remember a lock by the digest of what it was made for; the oldest give way."""
        with self._lock:
            self._made[digest] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Locker:
    """Locks with uv. `folder` is the build folder: where nothing changed, its lock is kept."""

    environment: Mapping[str, str]
    folder: Path | None = None
    cancellation: Cancellation = field(default_factory=Cancellation)
    timeout_s: float = TIMEOUT_S
    memory: Memory = field(default_factory=Memory)

    def __call__(
        self, title: str, needs: Requirements, installed: Installed, place: CodeLocation
    ) -> Locked:
        """Lock the requirements; what keeps it from that is a diagnostic at `place`.

        Raises ExportCancelledError.
        """
        asked = wanted(image_name(title), needs, installed)
        before = self._before()
        if before:
            text = before[ASKED].decode()
            if text == asked.text(overridden(text), _names(before[HASHED].decode())):
                found = _contradicted(overridden(text), place)
                return _locked(before, (*found, *_changed(before, needs, installed, place)))
        environment = indexes.environment(self.environment, installed.executable)
        cause = (asked.text(), before.get(LOCK, b""), environment, installed.executable, place)
        digest = digest_of(repr(cause).encode())
        made = self.memory.get(digest)
        if made is None:
            try:
                with tempfile.TemporaryDirectory(prefix="neutrino-lock-") as folder:
                    uv = _Uv(installed.executable, Path(folder), environment, self)
                    made = _made(uv, asked, before, place)
            except _Unlocked as reason:
                return unlocked(_named(reason.reason, needs) or place, reason.reason, reason.hint)
            self.memory.keep(digest, made)
        files, found = made
        return _locked(files, (*found, *_changed(files, needs, installed, place)))

    def _before(self) -> dict[str, bytes]:
        """The lock of the last build, where all of it is there as it was written."""
        if self.folder is None or not (known := manifest.read(self.folder)):
            return {}
        try:
            files = {name: disk.read(self.folder / name, _MOST_BYTES) for name in FILES}
        except OSError:
            return {}
        is_whole = all(digest_of(files[n]) == known.get(PurePosixPath(n)) for n in FILES)
        return files if is_whole else {}


@dataclass(frozen=True, slots=True)
class _Uv:
    """uv, at work on the project in one folder for one interpreter."""

    python: str
    folder: Path
    environment: Mapping[str, str]
    locker: Locker

    def run(self, *arguments: str) -> Ran:
        try:
            command = [find_uv_bin(), *arguments, "--no-progress", "--color", "never"]
            command += ["--python", self.python, "--no-python-downloads"]
            return self.locker.cancellation.run(
                command,
                folder=self.folder,
                environment=self.environment,
                timeout_s=self.locker.timeout_s,
            )
        except FileNotFoundError:
            raise _Unlocked(say("uv is not there"), say("install it: `pip install uv`")) from None
        except OSError as error:
            reason = say("uv cannot be started: {error}", error=error.strerror or error)
            raise _Unlocked(reason, say("reinstall it: `pip install --force uv`")) from None

    def lock(self, asked: str, *more: str) -> Ran:
        (self.folder / ASKED).write_text(asked, encoding="utf-8")
        return self.run("lock", *more)

    def export(self, *arguments: str) -> str:
        return self.checked(self.run("export", "--frozen", "-q", *arguments)).output

    def hashed(self) -> str:
        return self.export("--no-emit-project", "--no-header")

    def checked(self, ran: Ran) -> Ran:
        """Raise _Unlocked in the words of uv where it failed."""
        if ran.code == 0:
            return ran
        if ran.code is None:
            hint = say("look at the network, or at the packages that it builds from source")
            limit_s = f"{self.locker.timeout_s:g}"
            raise _Unlocked(say("uv did not end within {limit_s} seconds", limit_s=limit_s), hint)
        said = indexes.redacted(" ".join(ran.errors.split()))
        said = said.partition("error: ")[2] or said
        if _UNREACHED.search(said):
            hint = say(
                "requirements.txt pins the versions without hashes; build again with a network"
            )
            raise _Unlocked(say("the package index cannot be reached"), hint)
        said = said.partition("hint: ")[0].strip(" .")
        said = said[max(said.find("Because "), 0) :]
        if len(said) > 400:
            said = f"{said[:400]}…"
        hint = say(
            "requirements.txt pins the versions without hashes; fix what uv names, and build again"
        )
        if _CONTRADICTION in ran.errors:
            hint = say(
                "no image can be built of this: fix the name or the version, or tell pip or "
                "uv the index that has it (pip.conf, UV_INDEX)"
            )
        raise _Unlocked(say("uv says: {said}", said=said), hint)


def _made(uv: _Uv, asked: Wanted, before: Mapping[str, bytes], place: CodeLocation) -> _Made:
    """Make a new lock. Raises _Unlocked, ExportCancelledError."""
    if before:
        # What the last lock chose stays, where it still may.
        (uv.folder / LOCK).write_bytes(before[LOCK])
    overrides: frozenset[str] = frozenset()
    ran = uv.lock(asked.text())
    while clash := _clash(ran, asked) - overrides:
        overrides |= clash
        ran = uv.lock(asked.text(overrides))
    yanked = _YANKED.findall(uv.checked(ran).errors)
    # Once more with the versions of what turned out to be needed, which changes none.
    names = _names(uv.hashed())
    needed = asked.text(overrides & names, names)
    # All of it is in the cache now, if there is one.
    if uv.lock(needed, "--offline").code:
        uv.checked(uv.lock(needed))
    locked = (uv.folder / LOCK).read_text(encoding="utf-8")
    sources = _SOURCE.findall(locked)
    if local := [url for kind, url in sources if kind == "registry" and "://" not in url]:
        raise _Unlocked(
            say("packages come from {folder}, a folder of this machine", folder=local[0]),
            say("a container can only fetch from an index: publish them to one"),
        )
    # There is no other platform to tell it from.
    listed = uv.hashed().replace(" ; sys_platform == 'linux'", "")
    own = indexes.options(url for kind, url in sources if kind == "registry")
    texts = {
        ASKED: needed,
        LOCK: locked,
        HASHED: "".join(f"{line}\n" for line in own) + listed,
        BILL: sbom.stable(uv.export("--format", "cyclonedx1.5")),
    }
    files = {name: indexes.redacted(text).encode() for name, text in texts.items()}
    found = _contradicted(overrides & names, place)
    return files, (*found, *(_withdrawn(name, why, place) for name, why in yanked))


def unlocked(place: CodeLocation, reason: Worded, hint: Worded) -> Locked:
    """Give the outcome of a lock that could not be made: no file, and a warning with the reason."""
    message = say("the versions are not locked: {reason}", reason=reason)
    return Locked(diagnostics=(place.finding("NL731", "warning", message, hint=hint),))


def _named(reason: str, needs: Requirements) -> CodeLocation | None:
    """The cell that asks for the first package that uv names."""
    names = re.findall(r"[a-z0-9][a-z0-9-]*", reason)
    asking = {each.name: each.places[0] for each in needs.lines if each.places}
    return next((asking[name] for name in names if name in asking), None)


def _names(hashed: str) -> frozenset[str]:
    return frozenset(name for name, _ in _LOCKED.findall(hashed))


def _locked(files: Mapping[str, bytes], found: tuple[Diagnostic, ...]) -> Locked:
    lines = files[HASHED].decode().splitlines()
    return Locked(files, tuple(line for line in lines if line.startswith("--")), found)


def _clash(ran: Ran, asked: Wanted) -> frozenset[str]:
    """The packages that uv names as contradicting each other, among those that are installed."""
    _, contradicts, why = ran.errors.partition(_CONTRADICTION)
    if not ran.code or not contradicts or _UNREACHED.search(why):
        return frozenset()
    return frozenset(re.findall(r"[a-z0-9][a-z0-9-]*", why)) & asked.frozen.keys()


def _contradicted(overrides: frozenset[str], place: CodeLocation) -> tuple[Diagnostic, ...]:
    if not overrides:
        return ()
    names = code_words(sorted(overrides))
    return (
        place.finding(
            "NL733",
            "warning",
            say(
                "the kernel's packages contradict each other; {names} are locked as installed here",
                names=names,
            ),
            hint=say("`pip check` in the kernel's environment lists how"),
        ),
    )


def _withdrawn(pin: str, reason: str, place: CodeLocation) -> Diagnostic:
    message = say("`{pin}` was withdrawn by its authors", pin=pin)
    if reason:
        why = reason.strip(_QUOTES)
        message = say("`{pin}` was withdrawn by its authors: {why}", pin=pin, why=why)
    return place.finding(
        "NL732",
        "warning",
        message,
        hint=say("it is locked as it is installed here; install another version soon"),
    )


def _changed(
    files: Mapping[str, bytes], needs: Requirements, installed: Installed, place: CodeLocation
) -> list[Diagnostic]:
    """Name what the image will have in another form than the kernel: packages under work."""
    asked = {each.name for each in needs.lines}
    return [
        place.finding(
            "NL734",
            "warning",
            say(
                "`{name}` {version} is under work here; the image gets {release} of the index",
                name=one.name,
                version=one.version,
                release=version,
            ),
            hint=say(
                "publish what you run, or install the release: `pip install {name}`", name=one.name
            ),
        )
        for name, version in _LOCKED.findall(files[HASHED].decode())
        if (one := installed.version_of(name)) and not one.is_released and name not in asked
    ]
