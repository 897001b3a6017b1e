"""The directory: reads the patient tables. Every function takes a connection, none commits.

A search lists everyone who answers to it and flags homonyms; choosing is for the person who sees the list.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, or_, select, tuple_

from gateway.patients.folding import first_given_name, fold, given_name_keys, name_key
from gateway.patients.ins import Ins
from gateway.patients.patient import Contact, PatientRecord, Traits
from gateway.patients.query import BraceletQuery, InsQuery, IppQuery, NameQuery, PatientQuery
from gateway.storage.tables import care_statement, patient, patient_block, patient_contact

LONGEST_ANSWER = 100

_BY_ID = select(patient).where(patient.c.id == bindparam("id"))
_BY_IPP = select(patient).where(patient.c.ipp == bindparam("ipp"))
_BY_INS = select(patient).where(patient.c.ins_oid == bindparam("oid"), patient.c.ins == bindparam("ins"))
_CONTACTS = (
    select(patient_contact)
    .where(patient_contact.c.patient_id == bindparam("patient_id"))
    .order_by(patient_contact.c.position, patient_contact.c.id)
)
_OF_STAFF = select(patient).where(patient.c.linked_staff_key == bindparam("staff_key")).order_by(patient.c.id)
_NAMED_BY = (
    select(patient, patient_contact.c.name.label("representative"))
    .join_from(patient_contact, patient, patient.c.id == patient_contact.c.patient_id)
    .where(
        patient_contact.c.kind.in_(bindparam("kinds", expanding=True)),
        patient_contact.c.email == bindparam("email"),
        patient_contact.c.email != "",
    )
    .order_by(patient.c.birth_date, patient.c.id)
)
_BLOCK = select(patient_block.c.id).where(
    patient_block.c.patient_id == bindparam("patient_id"), patient_block.c.staff_key == bindparam("staff_key")
)
_STATEMENTS = (
    select(care_statement)
    .where(care_statement.c.patient_id == bindparam("patient_id"), care_statement.c.episode_id == bindparam("episode"))
    .order_by(care_statement.c.recorded_at, care_statement.c.id)
)
_GIVEN_PREFIX = 3
_NEAR = ("legal_representative", "trusted_person", "emergency_contact")
_NAMESAKES = select(patient.c.id, patient.c.search_birth_name, patient.c.given_names).where(
    # The first line finds the index; the second, answered from it, spares the rows that cannot match.
    patient.c.search_birth_name.in_(bindparam("names", expanding=True)),
    tuple_(
        patient.c.search_birth_name,
        func.substr(func.replace(patient.c.search_given_names, " ", ""), 1, _GIVEN_PREFIX),
    ).in_(bindparam("pairs", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the patient said about an episode, who wrote it down (a staff key) and when (epoch ms)."""

    kind: str  # consent, refusal
    recorded_by: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class EpisodeStatements:
    """The latest consent and the latest refusal of an episode (DOMAIN rule 3a: a refusal closes both doors)."""

    consent: Statement | None = None
    refusal: Statement | None = None


def find_by_id(connection: Connection, patient_id: str) -> PatientRecord | None:
    """The patient of that id. `homonym` is not looked up here: see `flag_homonyms`."""
    row = connection.execute(_BY_ID, {"id": patient_id}).first()
    return None if row is None else patient_record(row)


def find_by_ins(connection: Connection, ins: Ins) -> PatientRecord | None:
    """The patient of that number and OID, whatever the status of the identity."""
    row = connection.execute(_BY_INS, {"oid": ins.oid, "ins": ins.value}).first()
    return None if row is None else patient_record(row)


def find_by_ipp(connection: Connection, ipp: str) -> PatientRecord | None:
    """The patient of that hospital number (spaces around it and case are forgiven)."""
    row = connection.execute(_BY_IPP, {"ipp": ipp.strip().upper()}).first()
    return None if row is None else patient_record(row)


def find_many(connection: Connection, patient_ids: Iterable[str]) -> dict[str, PatientRecord]:
    """The known patients of a list, by id, homonyms flagged: today's list of a unit in two round trips and no more."""
    wanted = tuple(dict.fromkeys(patient_ids))
    rows = connection.execute(select(patient).where(patient.c.id.in_(wanted))) if wanted else ()
    return {record.id: record for record in flag_homonyms(connection, tuple(patient_record(row) for row in rows))}


def search(connection: Connection, query: PatientQuery, limit: int = 20) -> tuple[tuple[PatientRecord, ...], bool]:
    """Everyone who answers to a query, by name, and whether there are more than `limit` (1 to 100).

    Homonyms are flagged even when the other one is not in the answer: never a silent pick of one of two.
    """
    if isinstance(query, BraceletQuery):
        answer = search(connection, query.by_ins, limit)
        return answer if answer[0] else search(connection, query.by_name, limit)
    limit = max(1, min(limit, LONGEST_ANSWER))
    statement = select(patient).where(_condition(query))
    order = (patient.c.search_birth_name, patient.c.search_given_names, patient.c.birth_date, patient.c.id)
    found = [patient_record(row) for row in connection.execute(statement.order_by(*order))]
    if isinstance(query, NameQuery):
        found = [record for record in found if _answers_to(record, query)]
    return flag_homonyms(connection, tuple(found[:limit])), len(found) > limit


def flag_homonyms(connection: Connection, records: tuple[PatientRecord, ...]) -> tuple[PatientRecord, ...]:
    """The same records, `homonym` set where another person has the same folded birth name and first given name."""
    if not records:
        return ()
    pairs = {(name_key(one.traits.birth_name), name_key(one.traits.given_names)[:_GIVEN_PREFIX]) for one in records}
    names = {name for name, _prefix in pairs}
    namesakes: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(_NAMESAKES, {"names": sorted(names), "pairs": sorted(pairs)}):
        namesakes.setdefault(row.search_birth_name, []).append((row.id, row.given_names))
    return tuple(
        replace(
            record,
            homonym=any(
                other_id != record.id and _same_first_given_name(given_names, record.traits.given_names)
                for other_id, given_names in namesakes.get(name_key(record.traits.birth_name), ())
            ),
        )
        for record in records
    )


def contacts_of(connection: Connection, patient_id: str) -> tuple[Contact, ...]:
    """Everyone to reach about a patient, the patient included, in the order the hospital keeps them."""
    return tuple(
        Contact(kind=row.kind, name=row.name, email=row.email, phone=row.phone, address=row.address,
                mssante=row.mssante, unsafe=bool(row.unsafe), personal=bool(row.personal))
        for row in connection.execute(_CONTACTS, {"patient_id": patient_id})
    )  # fmt: skip


def legal_representatives(connection: Connection, patient_id: str) -> dict[str, str]:
    """The names of those who are recorded as the patient's, by the id of their contact."""
    rows = connection.execute(_CONTACTS, {"patient_id": patient_id})
    return {row.id: row.name for row in rows if row.kind == "legal_representative"}


def blocks(connection: Connection, patient_id: str, staff_key: str) -> bool:
    """Whether the patient blocked this professional (CSP L1111-19): refused in emergency too."""
    return connection.execute(_BLOCK, {"patient_id": patient_id, "staff_key": staff_key}).first() is not None


def statements_of_episode(connection: Connection, patient_id: str, episode_id: str) -> EpisodeStatements:
    """What the patient said about this episode."""
    latest: dict[str, Statement] = {}
    for row in connection.execute(_STATEMENTS, {"patient_id": patient_id, "episode": episode_id}):
        latest[row.kind] = Statement(row.kind, row.recorded_by, row.recorded_at)
    return EpisodeStatements(latest.get("consent"), latest.get("refusal"))


def match_holder(connection: Connection, traits: Traits) -> PatientRecord | None:
    """The record a signed-in person holds: the same strict traits, and exactly one qualified identity that has them.

    Strict traits are the birth name, all birth given names (both folded), the birth date, the sex, and the birthplace
    where both know it. Two that match is none: a dossier is never shown to a namesake.
    """
    statement = select(patient).where(
        patient.c.birth_date == traits.birth_date,
        patient.c.search_birth_name == name_key(traits.birth_name),
        patient.c.search_given_names == fold(traits.given_names),
        patient.c.sex == traits.sex,
        patient.c.identity_status == "QUAL",
    )
    if traits.birth_place:
        statement = statement.where(patient.c.birth_place.in_((traits.birth_place, "")))
    rows = connection.execute(statement.limit(2)).all()
    return patient_record(rows[0]) if len(rows) == 1 else None


def represented_by(connection: Connection, holder: PatientRecord) -> tuple[PatientRecord, ...]:
    """The patients whose legal representative is this person, as the hospital recorded them.

    The representative of a contact is this person when both their name and their e-mail address are the ones the
    hospital holds for the person's own record: a name alone would hand a minor to a namesake.
    """
    return _naming(connection, holder, ("legal_representative",))


def represents(connection: Connection, staff_key: str, patient_id: str) -> bool:
    """Whether this professional, as a patient of the hospital, is recorded as the patient's legal representative."""
    return any(
        one.id == patient_id for own in _of_staff(connection, staff_key) for one in represented_by(connection, own)
    )


def family_of_staff(connection: Connection, staff_key: str) -> frozenset[str]:
    """The ids of the patients who are this professional, or name them as their representative, as a person they trust
    or as one to call; empty when the hospital knows no patient who is this professional."""
    own = _of_staff(connection, staff_key)
    near = [one for record in own for one in _naming(connection, record, _NEAR)]
    return frozenset(record.id for record in (*own, *near))


def _of_staff(connection: Connection, staff_key: str) -> tuple[PatientRecord, ...]:
    return tuple(patient_record(row) for row in connection.execute(_OF_STAFF, {"staff_key": staff_key}))


def _naming(connection: Connection, holder: PatientRecord, kinds: tuple[str, ...]) -> tuple[PatientRecord, ...]:
    """Those who have this person among their contacts of these kinds."""
    traits, found = holder.traits, {}
    given = {name_key(first_given_name(traits.given_names)), name_key(traits.used_given_name)} - {""}
    names = {one + name_key(last) for one in given for last in (traits.birth_name, traits.used_name) if last}
    for contact in contacts_of(connection, holder.id):
        if contact.kind == "patient":
            for row in connection.execute(_NAMED_BY, {"email": contact.email, "kinds": list(kinds)}):
                if name_key(row.representative) in names and row.id != holder.id:
                    found[row.id] = patient_record(row)
    return tuple(found.values())


def traits_of(row: Row[tuple[object, ...]]) -> Traits:
    """The identity traits of a row with the columns of the `patient` table."""
    return Traits(
        birth_name=row.birth_name,
        given_names=row.given_names,
        birth_date=row.birth_date,
        sex=row.sex,
        birth_place=row.birth_place,
        used_name=row.used_name,
        used_given_name=row.used_given_name,
    )


def patient_record(row: Row[tuple[object, ...]]) -> PatientRecord:
    """A row of the `patient` table."""
    return PatientRecord(
        id=row.id,
        ipp=row.ipp,
        ins=Ins(row.ins, row.ins_oid) if row.ins and row.ins_oid else None,
        identity_status=row.identity_status,
        traits=traits_of(row),
        deceased_on=row.deceased_on,
        language=row.language,
        dossier_status=row.dossier_status,
        opposed_break_glass=row.opposed_break_glass,
        opposed_centre_15=row.opposed_centre_15,
        masked_in_emergency=row.masked_in_emergency,
        linked_staff_key=row.linked_staff_key,
        protected=bool(row.protected),
        protection=row.protection,
        protection_until=row.protection_until,
    )


def _condition(query: InsQuery | IppQuery | NameQuery) -> ColumnElement[bool]:
    if isinstance(query, InsQuery):
        return and_(patient.c.ins_oid.in_(sorted(query.oids)), patient.c.ins == query.value)
    if isinstance(query, IppQuery):
        return patient.c.ipp == query.ipp
    names = sorted({name for name, _given in query.readings})
    named = or_(patient.c.search_birth_name.in_(names), patient.c.search_used_name.in_(names))
    return and_(patient.c.birth_date == query.birth_date, named)


def _answers_to(record: PatientRecord, query: NameQuery) -> bool:
    names = {name_key(record.traits.birth_name), name_key(record.traits.used_name)} - {""}
    given = given_name_keys(record.traits.given_names, record.traits.used_given_name)
    return any(name in names and asked in given for name, asked in query.readings)


def _same_first_given_name(one: str, other: str) -> bool:
    # `Jean-Pierre` and `Jean Pierre` are one person's name or two: the doubt is shown, never settled.
    return name_key(first_given_name(one)) == name_key(first_given_name(other)) or name_key(one) == name_key(other)
