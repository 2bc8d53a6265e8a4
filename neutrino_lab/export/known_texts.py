"""The names of some code and the texts that they may stand for, and what was asked about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

# Stands in a text for a piece that is only known when the code runs.
UNKNOWN = "\0"
MOST_TEXTS = 100
# Longer ones are data; and texts that are put together from each other could grow without end.
MOST_CHARACTERS = 1000

# The texts of a name, if it has any, and whether it is given.
KnownTexts: TypeAlias = tuple[tuple[str, ...] | None, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was answered about names: the texts of some, and which have none, are given, or not."""

    texts: Mapping[str, tuple[str, ...]]
    without: frozenset[str]
    given: frozenset[str]
    not_given: frozenset[str]

    @classmethod
    def about(cls, names: Mapping[str, KnownTexts]) -> Asked:
        """Sort the answers, so that they are compared with others in four steps."""
        return cls(
            {name: texts for name, (texts, _) in names.items() if texts is not None},
            frozenset(name for name, (texts, _) in names.items() if texts is None),
            frozenset(name for name, (_, is_given) in names.items() if is_given),
            frozenset(name for name, (_, is_given) in names.items() if not is_given),
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What some code adds to the names: texts, name by name and in order, and which are given."""

    texts: tuple[tuple[str, tuple[str, ...]], ...]
    given: frozenset[str]


class Texts:
    """The names of some code and the texts that they may stand for, all scopes in one.

    `known` are texts by name: `NAME`, `.attribute` of whatever object, either with `[]` for what
    it holds, and `NAME()` for what a function returns.
    """

    def __init__(self, known: Mapping[str, Iterable[str]] | None = None) -> None:
        self._known: dict[str, tuple[str, ...]] = {}
        self._given: set[str] = set()
        for name, texts in (known or {}).items():
            self.add(name, texts)

    def add(self, name: str, texts: Iterable[str]) -> None:
        """Say that a name may stand for these."""
        listed = self._known.get(name, ())
        for text in texts:
            if len(listed) >= MOST_TEXTS:
                break
            if text not in listed:
                listed += (text,)
        self._known[name] = listed

    def of(self, name: str) -> tuple[str, ...]:
        """The texts of a name; those of no text are UNKNOWN."""
        return self._known.get(name, (UNKNOWN,))

    def has(self, name: str) -> bool:
        """Whether any texts of a name are known."""
        return name in self._known

    def give(self, name: str) -> None:
        """Say that a caller or a context gives it: it is not the code here that says what it is."""
        self._given.add(name)

    def is_given(self, name: str) -> bool:
        """Whether a caller or a context gives it, as `give` has said."""
        return name in self._given

    def known_texts(self, name: str) -> KnownTexts:
        """All that may be asked about a name."""
        return self._known.get(name), name in self._given

    def are(self, asked: Asked) -> bool:
        """Whether all that was asked is answered so here, too."""
        return (
            asked.texts.items() <= self._known.items()
            and self._known.keys().isdisjoint(asked.without)
            and asked.given <= self._given
            and asked.not_given.isdisjoint(self._given)
        )

    def repeat(self, added: Added) -> None:
        """Add what was added elsewhere, in the same order."""
        self._given |= added.given
        known = self._known
        for name, texts in added.texts:
            # Most names stand for the same in all cells.
            if known.setdefault(name, texts) != texts:
                self.add(name, texts)


class Noted(Texts):
    """Texts that others gather, with what is asked of them: as long as that stands as it stood, so
    does whatever was made of the answers."""

    def __init__(self, whole: Texts) -> None:
        super().__init__()
        self._known, self._given = whole._known, whole._given
        self._before: dict[str, KnownTexts] = {}
        self._asked: dict[str, KnownTexts] = {}
        self._added: list[tuple[str, tuple[str, ...]]] = []
        self._now_given: set[str] = set()

    def are(self, asked: Asked) -> bool:
        for name in (*asked.texts, *asked.without):
            self._note(name)
        return super().are(asked)

    def repeat(self, added: Added) -> None:
        for name in added.given:
            self.give(name)
        for name, texts in added.texts:
            self.add(name, texts)

    def asked(self) -> Asked:
        """What was asked, and how that stood before anything was added."""
        return Asked.about(self._asked)

    def added(self) -> Added:
        """What was added, without what adds nothing more."""
        together = Texts()
        for name, texts in self._added:
            together.add(name, texts)
        is_cut = any(len(texts) >= MOST_TEXTS for texts in together._known.values())
        added = self._added if is_cut else together._known.items()
        return Added(tuple(added), frozenset(self._now_given))

    def add(self, name: str, texts: Iterable[str]) -> None:
        self._before.setdefault(name, self.known_texts(name))
        listed = tuple(dict.fromkeys(texts))
        self._added.append((name, listed))
        super().add(name, listed)

    def give(self, name: str) -> None:
        self._before.setdefault(name, self.known_texts(name))
        self._now_given.add(name)
        super().give(name)

    def of(self, name: str) -> tuple[str, ...]:
        self._note(name)
        return super().of(name)

    def has(self, name: str) -> bool:
        self._note(name)
        return super().has(name)

    def is_given(self, name: str) -> bool:
        self._note(name)
        return super().is_given(name)

    def take_over(self, part: Noted) -> None:
        """Count what was asked of a part of this, and added there, as asked and added here."""
        for name, known in part._asked.items():
            self._asked.setdefault(name, self._before.get(name) or known)
        for name, known in part._before.items():
            self._before.setdefault(name, known)
        self._added += part._added
        self._now_given |= part._now_given

    def _note(self, name: str) -> None:
        if name not in self._asked:
            self._asked[name] = self._before.get(name) or self.known_texts(name)
