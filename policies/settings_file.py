"""Reading settings.toml: every fault at once, with its line, the word that is wrong and the nearest right one."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from policies.errors import Fault, nearest_word
from policies.nomenclature import Nomenclature
from policies.obligations import Obligations
from policies.question import Mode
from policies.settings import (
    ARTICLES,
    EMERGENCY_MODES,
    LONGEST_REASON_TEXT,
    NOTICE_FLOOR,
    RECIPIENTS,
    AccessTimes,
    Cosign,
    HospitalRules,
    NoticeRules,
    OfferedReason,
)
from policies.sources import SETTINGS
from policies.toml_lines import line_at, lines_of

Path = tuple[str, ...]
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "access": ("window_minutes", "emergency_window_minutes", "longest_minutes"),
    "establishments": ("enrolled",),
    "break_glass": ("professions",),
    "cosign": ("by", "within_hours"),
    "notices": tuple(NOTICE_FLOOR),
    "reasons": (),
}
_REASON = ("modes", "key", "fr", "en", "patient_fr", "patient_en", "text_at_least", "article")
_FINESS = re.compile(r"[0-9A-Z]{9}", re.ASCII)
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII)
_KEY = re.compile(r"[1-9]", re.ASCII)
_LONGEST_SENTENCE = 200


@dataclass
class _Reading:
    """The file being read: what was told wrong of it so far."""

    tables: Mapping[str, object]
    lines: Mapping[Path, int]
    faults: list[Fault] = field(default_factory=list)

    def tell(self, path: Path, fr: str, en: str, word: str = "", nearest: str = "") -> None:
        name = ".".join(path)
        line = line_at(self.lines, path)
        self.faults.append(
            Fault(
                file=SETTINGS,
                line=line,
                rule_id="",
                fr=f"{name} : {fr}",
                en=f"{name}: {en}",
                word=word,
                nearest=nearest,
            )
        )

    def value(self, path: Path) -> object:
        """What stands there; None, and told, when nothing does."""
        here: object = self.tables
        for name in path:
            here = here.get(name) if isinstance(here, Mapping) else None
        if here is None:
            self.tell(path, "manque", "is missing")
        return here

    def known_keys(self, path: Path, found: Iterable[str], known: Iterable[str]) -> None:
        for name in found:
            if name not in known:
                self.tell((*path, name), "réglage inconnu", "unknown setting", name, nearest_word(name, known))

    def number(self, path: Path, least: int, most: int) -> int:
        value = self.value(path)
        if value is not None and (type(value) is not int or not least <= value <= most):
            fr, en = (
                f"un nombre entier de {least} à {most} est attendu",
                f"a whole number from {least} to {most} is needed",
            )
            self.tell(path, fr, en, str(value))
        return value if type(value) is int and least <= value <= most else least

    def sentence(self, path: Path) -> str:
        value = self.value(path)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > _LONGEST_SENTENCE:
            fr = f"une phrase de {_LONGEST_SENTENCE} caractères au plus est attendue"
            self.tell(path, fr, f"a sentence of at most {_LONGEST_SENTENCE} characters is needed")
            return ""
        return value.strip()

    def words(self, path: Path, known: Iterable[str] | None = None) -> frozenset[str]:
        """A list of words, each of `known` when given."""
        value = self.value(path)
        if value is None:
            return frozenset()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self.tell(path, 'une liste de mots est attendue : ["…", "…"]', 'a list of words is needed: ["…", "…"]')
            return frozenset()
        for word in value:
            if known is not None and word not in known:
                self.tell(path, f"mot inconnu « {word} »", f"unknown word '{word}'", word, nearest_word(word, known))
            if value.count(word) > 1:
                self.tell(path, f"« {word} » est écrit deux fois", f"'{word}' is written twice", word)
        return frozenset(value)


def read_settings(text: str, nomenclature: Nomenclature, obligations: Obligations) -> tuple[HospitalRules, list[Fault]]:
    """Read the settings and list everything that is wrong with them; what cannot be read takes its smallest value."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        found = re.search(r"line (\d+)", str(trouble))
        line = int(found.group(1)) if found else 0
        fault = Fault(file=SETTINGS, line=line, rule_id="", fr=f"TOML illisible : {trouble}", en=f"bad TOML: {trouble}")
        tables, faults = {}, [fault]
    else:
        faults = []
    reading = _Reading(tables, lines_of(text))
    reading.known_keys((), tables, _SECTIONS)
    for section, keys in _SECTIONS.items():
        inside = tables.get(section)
        if isinstance(inside, dict) and keys:
            reading.known_keys((section,), inside, keys)
    settings = HospitalRules(
        access=_access(reading),
        enrolled=_enrolled(reading),
        break_glass_professions=_professions(reading, nomenclature),
        cosign=_cosign(reading, obligations),
        notices=_notices(reading),
        reasons=_reasons(reading),
    )
    return settings, faults or reading.faults


def _access(reading: _Reading) -> AccessTimes:
    times = AccessTimes(
        window_minutes=reading.number(("access", "window_minutes"), 1, 240),
        emergency_window_minutes=reading.number(("access", "emergency_window_minutes"), 1, 240),
        longest_minutes=reading.number(("access", "longest_minutes"), 1, 720),
    )
    if times.longest_minutes < max(times.window_minutes, times.emergency_window_minutes):
        fr, en = "plus court que la durée d'un accès", "shorter than the window of an access"
        reading.tell(("access", "longest_minutes"), fr, en)
    return times


def _enrolled(reading: _Reading) -> frozenset[str]:
    path = ("establishments", "enrolled")
    enrolled = reading.words(path)
    for number in enrolled:
        if not _FINESS.fullmatch(number):
            fr, en = f"« {number} » n'est pas un numéro FINESS (9 signes)", f"'{number}' is no FINESS number (9 signs)"
            reading.tell(path, fr, en, number)
    return enrolled


def _professions(reading: _Reading, nomenclature: Nomenclature) -> frozenset[str]:
    path = ("break_glass", "professions")
    care = {one.id: one.care for one in nomenclature.professions.values()}
    professions = reading.words(path, care)
    for profession in professions:
        if profession in care and not care[profession]:
            fr = f"« {profession} » n'est pas une profession de soins"
            reading.tell(path, fr, f"'{profession}' is not a care profession", profession)
    return professions


def _cosign(reading: _Reading, obligations: Obligations) -> Cosign:
    path = ("cosign", "by")
    by, hours = reading.value(path), reading.number(("cosign", "within_hours"), 1, 168)
    trouble = obligations.trouble(f"cosign:{by}:{hours}h")
    if by is not None and trouble:
        fr, en, nearest = trouble
        reading.tell(path, fr, en, str(by), nearest.removeprefix("cosign:"))
    if trouble and "cosign" in obligations.kinds:  # told once, here: not again of each rule that says `cosign`
        by = next(iter(obligations.kinds["cosign"].arguments), "")
    return Cosign(by=str(by), within_hours=hours)


def _notices(reading: _Reading) -> NoticeRules:
    told: dict[str, frozenset[str]] = {}
    for kind, floor in NOTICE_FLOOR.items():
        told[kind] = reading.words(("notices", kind), RECIPIENTS)
        for absent in sorted(floor - told[kind]):
            fr = f"« {absent} » ne peut pas être retiré : cette information est due (CSP R1111-48, premier accès)"
            en = f"'{absent}' cannot be taken away: this notice is owed (CSP R1111-48, first access)"
            reading.tell(("notices", kind), fr, en, "", absent)
    return NoticeRules(**told)


def _reasons(reading: _Reading) -> tuple[OfferedReason, ...]:
    tables = reading.value(("reasons",))
    reasons: list[OfferedReason] = []
    for code, table in tables.items() if isinstance(tables, dict) else ():
        path = ("reasons", code)
        if not isinstance(table, dict):
            reading.tell(path, "une table [reasons.code] est attendue", "a table [reasons.code] is needed")
            continue
        if not _CODE.fullmatch(code):
            reading.tell(path, "un code s'écrit comme vital_emergency", "a code is written as vital_emergency", code)
        reading.known_keys(path, table, _REASON)
        reasons.append(_reason(reading, path, code))
    by_key: dict[str, str] = {}
    for reason in reasons:
        if reason.modes and by_key.setdefault(reason.key, reason.code) != reason.code:
            fr, en = f"touche déjà prise par {by_key[reason.key]}", f"key already taken by {by_key[reason.key]}"
            reading.tell(("reasons", reason.code, "key"), fr, en, reason.key)
    return tuple(sorted(reasons, key=lambda one: (one.key, one.code)))


def _reason(reading: _Reading, path: Path, code: str) -> OfferedReason:
    modes = frozenset(
        Mode(word) for word in reading.words((*path, "modes"), EMERGENCY_MODES) if word in EMERGENCY_MODES
    )
    key = reading.value((*path, "key"))
    if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
        reading.tell(
            (*path, "key"), 'un chiffre de "1" à "9" est attendu', 'a digit from "1" to "9" is needed', str(key)
        )
    article = reading.value((*path, "article"))
    if article is not None and article not in ARTICLES.values():
        word = str(article)
        reading.tell((*path, "article"), f"article inconnu « {word} »", f"unknown article '{word}'", word,
                     nearest_word(word, ARTICLES.values()))  # fmt: skip
    for mode in sorted(modes):
        if article in ARTICLES.values() and article != ARTICLES[mode]:
            fr = f"le mode {mode.value} repose sur {ARTICLES[mode]}, pas sur {article}"
            en = f"the mode {mode.value} rests on {ARTICLES[mode]}, not on {article}"
            reading.tell((*path, "article"), fr, en, str(article), ARTICLES[mode])
    return OfferedReason(
        code=code,
        modes=modes,
        key=str(key),
        label_fr=reading.sentence((*path, "fr")),
        label_en=reading.sentence((*path, "en")),
        patient_fr=reading.sentence((*path, "patient_fr")),
        patient_en=reading.sentence((*path, "patient_en")),
        text_at_least=reading.number((*path, "text_at_least"), 0, LONGEST_REASON_TEXT),
        article=str(article),
    )
