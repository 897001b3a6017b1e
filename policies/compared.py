"""What two versions set differently and no proof speaks of, as plain sentences: durations, reasons, who is told, units,
and how many types of the matrix a profession gains or loses. What they answer differently is the prover's to say."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from policies.findings import Said
from policies.lint import Parts, inspect
from policies.matrix import MatrixRow
from policies.settings import NOTICE_FLOOR, OfferedReason
from policies.sources import Sources

SHOWN = 6  # names in a sentence; the rest are counted
Pair = tuple[str, str]  # French, English

_WINDOWS: Mapping[str, Pair] = {
    "window_minutes": ("durée d'un accès ordinaire", "window of an ordinary access"),
    "emergency_window_minutes": ("durée d'un accès d'urgence", "window of an emergency access"),
    "longest_minutes": ("durée la plus longue d'un accès prolongé", "longest duration of an extended access"),
}
_RECIPIENTS: Mapping[str, Pair] = {
    "patient": ("le patient", "the patient"),
    "medecin_traitant": ("le médecin traitant", "the médecin traitant"),
}
_NOTICES: Mapping[str, Pair] = {
    "break_glass": ("informés d'un bris de glace", "told of a break-glass access"),
    "centre_15": ("informés d'un accès du SAMU-Centre 15", "told of an access by the SAMU-Centre 15"),
    "first_access": ("informés du premier accès d'un professionnel", "told of a professional's first access"),
    "other_access": ("informés des autres accès", "told of other accesses"),
}
_REASON_WORDS: Mapping[str, Pair] = {
    "label_fr": ("phrase du professionnel, en français", "the professional's sentence, in French"),
    "label_en": ("phrase du professionnel, en anglais", "the professional's sentence, in English"),
    "patient_fr": ("phrase du patient, en français", "the patient's sentence, in French"),
    "patient_en": ("phrase du patient, en anglais", "the patient's sentence, in English"),
}
_MODES: Mapping[str, Pair] = {
    "break_glass": ("bris de glace", "break-glass"),
    "centre_15": ("SAMU-Centre 15", "SAMU-Centre 15"),
}
# By what is counted: (one, many) in French, then in English.
_COUNTED: tuple[tuple[Pair, Pair], ...] = (
    (("type en plus", "types en plus"), ("type more", "types more")),
    (("type en moins", "types en moins"), ("type fewer", "types fewer")),
    (("source changée", "sources changées"), ("source changed", "sources changed")),
)


def plain_differences(before: Sources, after: Sources) -> tuple[Said, ...]:
    """`differences_of` two versions that may have faults. Raises `PolicyError` when one cannot be read at all."""
    return differences_of(inspect(before)[0], inspect(after)[0])


def differences_of(before: Parts, after: Parts) -> tuple[Said, ...]:
    """Every setting, unit and count of the matrix that is not the same, in the order people read them."""
    return (
        *_durations(before, after),
        *_professions(before, after),
        *_cosign(before, after),
        *_notices(before, after),
        *_establishments(before, after),
        *_reasons(before, after),
        *_units(before, after),
        *_matrix(before, after),
    )


def _durations(before: Parts, after: Parts) -> Iterator[Said]:
    for field, (fr, en) in _WINDOWS.items():
        was, now = (getattr(one.settings.access, field) for one in (before, after))
        if was != now:
            yield Said(fr=f"{fr} : {was} → {now} minutes", en=f"{en}: {was} → {now} minutes")


def _professions(before: Parts, after: Parts) -> Iterator[Said]:
    labels = _labels(before, after)
    was, now = before.settings.break_glass_professions, after.settings.break_glass_professions
    said = "professions qui peuvent briser la glace", "professions that may break the glass"
    yield from _moved(said, was, now, lambda name, tongue: labels.get(name, (name, name))[tongue])


def _cosign(before: Parts, after: Parts) -> Iterator[Said]:
    was, now = before.settings.cosign, after.settings.cosign
    if was != now:
        said = f"{was.by}, {was.within_hours} h → {now.by}, {now.within_hours} h"
        yield Said(
            fr=f"validation de l'accès d'un interne ou étudiant : {said}",
            en=f"countersignature of an intern's or student's access: {said}",
        )


def _notices(before: Parts, after: Parts) -> Iterator[Said]:
    for kind in NOTICE_FLOOR:
        was, now = (getattr(one.settings.notices, kind) for one in (before, after))
        yield from _moved(_NOTICES[kind], was, now, lambda name, tongue: _RECIPIENTS[name][tongue])


def _establishments(before: Parts, after: Parts) -> Iterator[Said]:
    said = "établissements enrôlés", "enrolled establishments"
    yield from _moved(said, before.settings.enrolled, after.settings.enrolled, lambda name, _tongue: name)


def _reasons(before: Parts, after: Parts) -> Iterator[Said]:
    was, now = ({one.code: one for one in parts.settings.reasons} for parts in (before, after))
    for code in sorted({*was, *now}):
        if code not in was:
            label = now[code]
            yield Said(fr=f"motif ajouté : {label.label_fr} ({code})", en=f"reason added: {label.label_en} ({code})")
        elif code not in now:
            label = was[code]
            yield Said(fr=f"motif retiré : {label.label_fr} ({code})", en=f"reason removed: {label.label_en} ({code})")
        else:
            for change in _reason(was[code], now[code]):
                yield Said(fr=f"motif {code}, {change.fr}", en=f"reason {code}, {change.en}")


def _reason(was: OfferedReason, now: OfferedReason) -> Iterator[Said]:
    yield from _moved(("proposé", "offered"), was.modes, now.modes, lambda mode, tongue: _MODES[mode][tongue])
    for field, (fr, en) in _REASON_WORDS.items():
        old, new = getattr(was, field), getattr(now, field)
        if old != new:
            yield Said(fr=f"{fr} : « {old} » → « {new} »", en=f"{en}: '{old}' → '{new}'")
    if was.key != now.key:
        yield Said(fr=f"touche : {was.key} → {now.key}", en=f"key: {was.key} → {now.key}")
    if was.text_at_least != now.text_at_least:
        said = f"{was.text_at_least} → {now.text_at_least}"
        yield Said(fr=f"caractères à écrire : {said}", en=f"characters to write: {said}")
    if was.article != now.article:
        yield Said(fr=f"article : {was.article} → {now.article}", en=f"article: {was.article} → {now.article}")


def _units(before: Parts, after: Parts) -> Iterator[Said]:
    was, now = before.nomenclature.units, after.nomenclature.units
    kinds = {**before.words.values.get("UnitKind", {}), **after.words.values.get("UnitKind", {})}
    yield from _moved(("unités", "units"), was, now, lambda code, _tongue: code)
    for code in sorted(was):
        if code in now and now[code] != was[code]:
            (old_fr, old_en), (new_fr, new_en) = (kinds.get(kind, (kind, kind)) for kind in (was[code], now[code]))
            yield Said(fr=f"unité {code} : {old_fr} → {new_fr}", en=f"unit {code}: {old_en} → {new_en}")


def _matrix(before: Parts, after: Parts) -> Iterator[Said]:
    """Counted by profession: the types themselves are in the proven sentences, and in the grid."""
    labels = _labels(before, after)
    was, now = (_cells(parts.matrix.rows) for parts in (before, after))
    for name in sorted({profession for profession, _type in {*was, *now}}, key=lambda one: labels.get(one, (one,))[0]):
        places = [place for place in {*was, *now} if place[0] == name]
        opened = sum(_reads(now, place) and not _reads(was, place) for place in places)
        closed = sum(_reads(was, place) and not _reads(now, place) for place in places)
        told = sum(_reads(was, place) and _reads(now, place) and was[place] != now[place] for place in places)
        counts = [(count, pair) for count, pair in zip((opened, closed, told), _COUNTED, strict=True) if count]
        if counts:
            label = labels.get(name, (name, name))
            fr, en = (", ".join(f"{count} {pair[tongue][count > 1]}" for count, pair in counts) for tongue in (0, 1))
            yield Said(fr=f"matrice, {label[0]} : {fr}", en=f"matrix, {label[1]}: {en}")


def _cells(rows: Iterable[MatrixRow]) -> dict[tuple[str, str], tuple[bool, str]]:
    return {(row.profession, row.type_code): (row.read, row.source) for row in rows}


def _reads(cells: Mapping[tuple[str, str], tuple[bool, str]], place: tuple[str, str]) -> bool:
    return place in cells and cells[place][0]


def _labels(before: Parts, after: Parts) -> dict[str, Pair]:
    known = (*before.nomenclature.professions.values(), *after.nomenclature.professions.values())
    return {one.id: (one.label_fr, one.label_en) for one in known}


def _moved(said: Pair, was: Collection[str], now: Collection[str], word: Callable[[str, int], str]) -> Iterator[Said]:
    """`professions … : + Infirmier ; − Médecin`, once for both."""
    parts: tuple[list[str], list[str]] = ([], [])
    for tongue in (0, 1):
        for sign, some in (("+", set(now) - set(was)), ("−", set(was) - set(now))):
            if some:
                parts[tongue].append(f"{sign} {named(sorted(word(one, tongue) for one in some), tongue)}")
    if parts[0]:
        yield Said(fr=f"{said[0]} : {' ; '.join(parts[0])}", en=f"{said[1]}: {'; '.join(parts[1])}")


def named(names: list[str], tongue: int) -> str:
    """Names in a sentence, the first few of many; `tongue` is 0 for French, 1 for English."""
    if len(names) <= SHOWN + 1:
        return ", ".join(names)
    more = len(names) - SHOWN
    return f"{', '.join(names[:SHOWN])} {('et', 'and')[tongue]} {more} {('autres', 'others')[tongue]}"
