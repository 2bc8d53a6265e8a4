"""What is said of packages that cells import, and that an image may not have as the kernel has."""

from __future__ import annotations

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.imports import Use
from neutrino_lab.export.installed import Distribution
from neutrino_lab.notebook.wording import say


def absent(use: Use, name: str, writer: int) -> Diagnostic:
    """Nobody has the module; `writer` is the cell that would write it, 0 for none."""
    hint = say(
        "if it is a package, install it in the kernel or write `%pip install {name}` "
        "in a cell, with the name that you mean; if it is your own, put it into the "
        "project",
        name=name,
    )
    if writer:
        hint = say(
            "cell {cell} writes it, which a service does not run: run that cell once, "
            "so that the file is there",
            cell=writer,
        )
    return use.finding(
        "NL721",
        "error",
        say(
            "`{module}` is neither installed in the kernel nor a module of the project",
            module=use.module,
        ),
        hint=hint,
    )


def asked_later(use: Use, name: str) -> Diagnostic:
    """A library imports it later on, and it is not there; `name` is its usual package."""
    return use.finding(
        "NL727",
        "warning",
        say(
            "{asked_by} imports `{module}`, which is not installed in the kernel",
            asked_by=use.asked_by,
            module=use.module,
        ),
        hint=say(
            "install it there, or write `%pip install {name}` in a cell, if the service "
            "is to have it",
            name=name,
        ),
    )


def unknown(use: Use) -> Diagnostic:
    """Which module is imported is only known when the code runs."""
    return use.finding(
        "NL727",
        "warning",
        say("which module {asked_by} imports is only known when it runs", asked_by=use.asked_by),
        hint=say("name its package with a line such as `%pip install`, if nothing else imports it"),
    )


def left_out(use: Use) -> Diagnostic:
    """A guarded import of what is not installed."""
    return use.finding(
        "NL723",
        "note",
        say(
            "`{module}` is not installed here and its import is guarded, so it is left out",
            module=use.module,
        ),
        hint=say("install it here, or name it with `%pip install`, if the service is to have it"),
    )


_SOURCES = {
    "editable": say("an editable install"),
    "vcs": say("an install from version control"),
    "file": say("a file of this machine"),
    "url": say("an address of its own"),
}


def unreleased(found: Distribution, use: Use) -> Diagnostic:
    """What has no release cannot be installed elsewhere; else one of that version may do."""
    source = _SOURCES[found.origin]
    if found.is_released:
        return use.finding(
            "NL725",
            "warning",
            say(
                "`{name}` was installed from {source}; the export names its release {pin}",
                name=found.name,
                source=source,
                pin=found.pin,
            ),
            hint=say("if no index has that release, the image cannot be built: publish it there"),
        )
    return use.finding(
        "NL724",
        "warning" if use.guarded else "error",
        say(
            "`{module}` belongs to {source} of `{name}`, which cannot be exported",
            module=use.module,
            source=source,
            name=found.name,
        ),
        hint=say(
            "name a release with `%pip install {name}==...`, or put the module's folder "
            "beside the notebook",
            name=found.name,
        ),
    )


def labelled(found: Distribution, use: Use) -> Diagnostic:
    """A build with a local label, such as `+cu121`, whose release is named instead."""
    return use.finding(
        "NL726",
        "note",
        say(
            "`{name}` is installed as {version}; the export names {pin}",
            name=found.name,
            version=found.version,
            pin=found.pin,
        ),
        hint=say(
            "PyPI has no builds with a label: name the index that has it (UV_INDEX, or "
            "pip.conf) for the same build, else PyPI's own is taken"
        ),
    )
