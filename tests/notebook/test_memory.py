from __future__ import annotations

import gc

from neutrino_lab.notebook.memory import remembered, remembered_of_same, uncollected


def test_a_text_is_asked_about_once_unless_it_is_data() -> None:
    asked: list[int] = []

    @remembered
    def size(text: str) -> int:
        asked.append(len(text))
        return len(text)

    texts = ("abc", "abc", "x" * 100_000, "x" * 100_000)
    assert [size(each) for each in texts] == [3, 3, 100_000, 100_000]
    assert asked == [3, 100_000, 100_000]


def test_the_collector_is_as_it_was_afterwards() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_text_is_asked_about_once_for_each_of_its_other_arguments() -> None:
    asked: list[str] = []

    @remembered
    def joined(text: str, more: str) -> str:
        asked.append(text + more)
        return text + more

    assert [joined("a", more) for more in ("b", "b", "c")] == ["ab", "ab", "ac"]
    assert asked == ["ab", "ac"]


def test_an_object_is_asked_about_once_and_an_equal_one_again() -> None:
    asked: list[tuple[object, str]] = []

    @remembered_of_same
    def shown(numbers: tuple[object, ...], more: str) -> str:
        asked.append((numbers, more))
        return f"{numbers} {more}"

    # They are equal, and are written in different ways.
    whole, real = (1, 2), (1.0, 2.0)
    assert [shown(whole, "a"), shown(real, "a"), shown(whole, "a")] == [
        "(1, 2) a",
        "(1.0, 2.0) a",
        "(1, 2) a",
    ]
    assert [shown(whole, "b"), shown(whole, "a")] == ["(1, 2) b", "(1, 2) a"]
    assert asked == [(whole, "a"), (real, "a"), (whole, "b"), (whole, "a")]
