"""The names of the configuration, in the current language and as they were on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from states.facts import Case
from states.rules import Name, Rules
from views.fields import field_label
from views.labels import label
from views.language import _, current


@dataclass(frozen=True, slots=True)
class Names:
    """Ids to names. ``day`` (ISO) decides between old and new names; ``kinds``: facility -> its subtype."""

    rules: Rules
    day: str
    kinds: Mapping[str, str] = field(default_factory=dict)

    def of(self, case: Case) -> Names:
        """The same names, with the facilities of ``case``."""
        return self.of_kinds({f.facility: f.subtype for f in case.facilities})

    def of_kinds(self, kinds: Mapping[str, str]) -> Names:
        return replace(self, kinds=kinds)

    def organisation(self, key: str) -> str:
        body = self.rules.organisations.get(key)
        return in_language(body.on(self.day)[0]) if body else key

    def organisations(self, keys: tuple[str, ...]) -> str:
        """``a, b, c``."""
        return _(", ").join(self.organisation(key) for key in keys)

    def party(self, key: str) -> str:
        """An organisation, or a group of them such as ``competent``, as the stage table names it."""
        if key in self.rules.organisations:
            return self.organisation(key)
        return label("standing_participants" if key == "standing" else key)

    def category(self, key: str) -> str:
        found = self.rules.categories.get(key)
        return in_language(found.name) if found else key

    def subtype(self, key: str) -> str:
        category = self.rules.categories.get(self.rules.category_of(key) or "")
        return in_language(category.subtypes[key].name) if category else key

    def facility(self, key: str) -> str:
        """``F1 kindergarten``: the number with its kind, when the case is known."""
        return f"{key} {self.subtype(self.kinds[key])}" if key in self.kinds else key

    def document(self, key: str) -> str:
        found = self.rules.documents.get(key)
        return in_language(found.name) if found else key

    def mode(self, key: str) -> str:
        found = self.rules.construction_modes.get(key)
        return in_language(found) if found else key

    def project_kind(self, key: str) -> str:
        found = self.rules.project_kinds.get(key)
        return in_language(found) if found else key

    def of_rule(self, name: Name) -> str:
        """A name that the configuration gives something of its own."""
        return in_language(name)

    def anything(self, key: str) -> str:
        """A facility, a category or a field, whichever it is."""
        if key in self.kinds:
            return self.facility(key)
        return self.category(key) if key in self.rules.categories else field_label(key)


def in_language(name: Name) -> str:
    """A name in the current language."""
    return name.zh if current() == "zh" else name.en
