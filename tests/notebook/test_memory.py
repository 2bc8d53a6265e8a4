from __future__ import annotations

import gc

from neutrino_lab.notebook.memory import remembered, uncollected


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
