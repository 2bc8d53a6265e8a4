"""Builds the description of a schedule from a declaration without mistakes."""

from __future__ import annotations

from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import read_cron, read_interval
from neutrino_lab.runtime.spec import Schedule


def build(tree: Tree, function: str, cell: int) -> Schedule:
    return Schedule(
        function=function,
        cell=cell,
        cron=read_cron(tree.scalar("cron")),
        interval=read_interval(tree.scalar("interval")) or "",
        timezone=tree.scalar("timezone"),
    )
