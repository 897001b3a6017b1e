"""Differences in words, French and English, with the versions' own labels."""

from collections.abc import Iterable, Mapping

from policies.compared import named
from policies.findings import Change, Difference, Said
from policies.lint import Parts
from policies.matrix import UNKNOWN_TYPE

_CHANGES: Mapping[Change, tuple[str, str]] = {
    Change.NEWLY_ALLOWED: ("nouvellement permis", "newly allowed"),
    Change.MORE_ALLOWED: ("permis dans plus de cas", "allowed in more cases"),
    Change.NO_LONGER_ALLOWED: ("n'est plus permis", "no longer allowed"),
    Change.LESS_ALLOWED: ("permis dans moins de cas", "allowed in fewer cases"),
}
_ACTIONS: Mapping[str, tuple[str, str]] = {
    "open_dossier": ("ouvrir", "open"),
    "read_document": ("lire", "read"),
    "extend_access": ("prolonger", "extend"),
}
_MODES: Mapping[str, tuple[str, str]] = {
    "normal": ("accès ordinaire", "ordinary access"),
    "break_glass": ("bris de glace", "break-glass"),
    "centre_15": ("SAMU-Centre 15", "SAMU-Centre 15"),
}


class Wording:
    """The words of the later version, and those of the earlier one for what only it knows."""

    def __init__(self, before: Parts, after: Parts) -> None:
        self._known = {**before.nomenclature.professions, **after.nomenclature.professions}
        self._labels = {one.id: (one.label_fr, one.label_en) for one in self._known.values()}
        rows = [*before.matrix.rows, *after.matrix.rows]
        self._types = {row.type_code: row.type_label or row.type_code for row in rows}

    def profession_ids(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The ids of professions given by `system|code`."""
        nobody = self._known["|"]
        return tuple(sorted({self._known.get(key, nobody).id for key in keys}))

    def sentence(self, one: Difference) -> Said:
        """`nouvellement permis : Pharmacien, bris de glace, lire, 7 types (…)`."""
        return Said(fr=self._said(one, 0), en=self._said(one, 1))

    def _said(self, one: Difference, tongue: int) -> str:
        professions = named([self._labels.get(name, (name, name))[tongue] for name in one.professions], tongue)
        if set(one.professions) >= set(self._labels):
            professions = ("toutes les professions", "every profession")[tongue]
        parts = [professions, _all(_MODES, one.modes, tongue), _all(_ACTIONS, one.actions, tongue)]
        if one.entitlement:
            parts.append(("tous les types de leur habilitation", "every type they may read")[tongue])
        elif one.types:
            names = sorted(self._types.get(code, code) for code in one.types if code in self._types)
            names += [("type inconnu", "unknown type")[tongue]] * (UNKNOWN_TYPE in one.types)
            parts.append(f"{len(names)} {'type' if len(names) == 1 else 'types'} ({named(names, tongue)})")
        colon = (" : ", ": ")[tongue]
        return f"{_CHANGES[one.change][tongue]}{colon}{', '.join(parts)}"


def modes_said(modes: tuple[str, ...], tongue: int) -> str:
    """The modes in words; `tongue` is 0 for French, 1 for English."""
    return _all(_MODES, modes, tongue)


def _all(words: Mapping[str, tuple[str, str]], names: tuple[str, ...], tongue: int) -> str:
    return (" et ", " and ")[tongue].join(words[name][tongue] for name in words if name in names)
