"""All rules, in one table: a new rule is a module here, and a line in the list of its kind."""

from __future__ import annotations

from collections.abc import Mapping

from neutrino_lab.declare.declared import CellRule, DeclarationRule, ProjectRule, Rule
from neutrino_lab.declare.grammar import KINDS
from neutrino_lab.declare.rules import (
    asks_for_input,
    bad_cron,
    bad_default,
    bad_field,
    bad_interval,
    bad_source,
    bad_stream_value,
    bad_type,
    bad_value,
    body_on_get,
    broken_chain,
    broken_python,
    cell_marker,
    default_type,
    directed_stream,
    dropped_magic,
    duplicate_route,
    empty_key,
    generator_task,
    idle_timezone,
    kernel_gateway,
    malformed_path,
    misplaced,
    missing_event,
    missing_function,
    missing_parameter,
    missing_path,
    missing_verb,
    no_clock,
    nothing_declared,
    relative_path,
    repeated_field,
    repeated_key,
    repeated_name,
    resp_type,
    roomless,
    sandboxed_cell,
    shared_function,
    shared_name,
    shell_assignment,
    silent_stream,
    stray_text,
    task_parameter,
    text_as_mapping,
    too_many,
    two_clocks,
    unclear_operator,
    unclosed,
    undefined_name,
    unknown_key,
    unknown_kind,
    unknown_timezone,
    unknown_type,
    unknown_verb,
    unread_message,
    unreadable,
    unsupplied_parameter,
    upgraded,
    validate_alone,
    yielding_event,
)

CELL_RULES: tuple[CellRule, ...] = (
    broken_python,
    unknown_kind,
    misplaced,
    dropped_magic,
    shell_assignment,
    shared_function,
    sandboxed_cell,
    cell_marker,
    asks_for_input,
    too_many,
)

DECLARATION_RULES: tuple[DeclarationRule, ...] = (
    unknown_verb,
    missing_verb,
    missing_path,
    unknown_key,
    repeated_key,
    bad_field,
    unclosed,
    stray_text,
    bad_value,
    empty_key,
    bad_default,
    repeated_field,
    bad_type,
    unknown_type,
    default_type,
    missing_function,
    missing_parameter,
    unsupplied_parameter,
    repeated_name,
    resp_type,
    task_parameter,
    generator_task,
    relative_path,
    malformed_path,
    body_on_get,
    two_clocks,
    no_clock,
    bad_cron,
    bad_interval,
    unknown_timezone,
    idle_timezone,
    validate_alone,
    silent_stream,
    missing_event,
    roomless,
    directed_stream,
    text_as_mapping,
    yielding_event,
    unread_message,
    bad_source,
    bad_stream_value,
    unclear_operator,
    undefined_name,
)

# The last one looks at whether the others found anything.
PROJECT_RULES: tuple[ProjectRule, ...] = (
    unreadable,
    upgraded,
    kernel_gateway,
    shared_name,
    duplicate_route,
    broken_chain,
    nothing_declared,
)

BY_KIND: Mapping[str, tuple[DeclarationRule, ...]] = {
    kind.word: tuple(rule for rule in DECLARATION_RULES if kind.word in rule.KINDS)
    for kind in KINDS
}

RULES: tuple[Rule, ...] = tuple(
    sorted((*CELL_RULES, *DECLARATION_RULES, *PROJECT_RULES), key=lambda rule: rule.CODE)
)
