"""The four states are never confused; duplicates are merged and counted; contradictions are shown, never hidden."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus
from gateway.dossiers.summary import (
    Activity,
    Criticality,
    EmergencySummary,
    Section,
    SectionKey,
    SectionState,
    Unread,
    UnreadReason,
    load_summary_tables,
    summarise,
)
from tests.dossiers.cda_writer import NOW, allergy, cda, deposited, medicine, result, section, table

ALLERGIES, TREATMENTS, PROBLEMS = SectionKey.ALLERGIES, SectionKey.TREATMENTS, SectionKey.PROBLEMS
A, T, P = "48765-2", "10160-0", "11450-4"


def made(*documents: bytes) -> EmergencySummary:
    """The summary of these documents, the last one the newest."""
    return summarise([deposited(content, number) for number, content in enumerate(documents, 1)], NOW)


def allergies(*documents: bytes) -> Section:
    return made(*documents).section(ALLERGIES)


def test_no_document_at_all_is_no_information_everywhere() -> None:
    summary = summarise([], NOW)
    assert [section.key for section in summary.sections] == list(SectionKey)
    assert {section.state for section in summary.sections} == {SectionState.NO_INFORMATION}


def test_an_absent_section_is_no_information_and_not_none() -> None:
    assert allergies(cda(section(T, "<paragraph>PLAVIX</paragraph>"))).state is SectionState.NO_INFORMATION


@pytest.mark.parametrize(
    "words",
    [
        "Aucune allergie connue",
        "Aucune allergie / intolérance identifiée pendant le séjour",
        "Pas d'allergie connue à ce jour",
        "Pas d’allergie",
        "Absence d'allergie",
        "Néant",
        "Aucune",
        "R.A.S.",
    ],
)
def test_a_document_that_says_none_makes_none_known(words: str) -> None:
    for narrative in (words, f"<paragraph>{words}</paragraph>", table("Date|Agent", f"-|{words}")):
        section_found = allergies(cda(section(A, narrative)))
        assert (section_found.state, section_found.items) == (SectionState.NONE_KNOWN, ())
        assert section_found.none_known_by[0].document_id == "doc-1"


def test_a_code_that_says_none_makes_none_known() -> None:
    for code in ("no-known-allergies", "716186003"):
        coded = (
            '<act classCode="ACT"><entryRelationship typeCode="SUBJ"><observation classCode="OBS">'
            f'<value xsi:type="CD" code="{code}" displayName="sans"/></observation></entryRelationship></act>'
        )
        assert allergies(cda(section(A, "", coded))).state is SectionState.NONE_KNOWN


@pytest.mark.parametrize("words", ["Non renseigné", "Inconnu", "Aucune information", "-", ""])
def test_not_knowing_is_neither_none_nor_an_allergy(words: str) -> None:
    found = allergies(cda(section(A, f"<paragraph>{words}</paragraph>")))
    assert (found.state, found.items) == (SectionState.NO_INFORMATION, ())


@pytest.mark.parametrize(
    "words", ["Aucune allergie médicamenteuse connue", "Absence d'allergie sauf iode", "Aucune tolérance au latex"]
)
def test_a_narrowed_denial_is_a_line_and_not_none_known(words: str) -> None:
    found = allergies(cda(section(A, f"<paragraph>{words}</paragraph>")))
    assert (found.state, [item.text for item in found.items]) == (SectionState.LISTED, [words])


@pytest.mark.parametrize("reason", [UnreadReason.NOT_FETCHED, UnreadReason.UNREADABLE, UnreadReason.TOO_LARGE])
def test_a_structured_document_that_was_not_read_makes_unavailable(reason: UnreadReason) -> None:
    reference, _ = deposited(b"")
    summary = summarise([(reference, Unread(reason))], NOW)
    for key in SectionKey:
        if key is not SectionKey.RECENT_DOCUMENTS:
            found = summary.section(key)
            assert found.state is SectionState.UNAVAILABLE, key
            assert [one.source.document_id for one in found.missing] == ["doc-1"]
    assert summary.not_summarised[0].reason is reason
    assert summary.section(SectionKey.RECENT_DOCUMENTS).state is SectionState.LISTED


def test_what_is_listed_stays_listed_with_a_warning_when_another_document_fails() -> None:
    reference, _ = deposited(b"", 2)
    good = deposited(cda(section(A, "", allergy("Iode"))))
    found = summarise([good, (reference, Unread(UnreadReason.NOT_FETCHED))], NOW).section(ALLERGIES)
    assert found.state is SectionState.LISTED
    assert [one.source.title for one in found.missing] == ["Document 2"]


@pytest.mark.parametrize("content", [b"", b"<cut", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"\x00\x01"])
def test_a_document_that_cannot_be_parsed_is_named_with_its_reason(content: bytes) -> None:
    summary = summarise([deposited(content)], NOW)
    [unread] = summary.not_summarised
    assert (unread.reason, bool(unread.detail)) == (UnreadReason.UNREADABLE, True)
    assert summary.section(ALLERGIES).state is SectionState.UNAVAILABLE


def test_a_pdf_is_named_as_not_summarised_and_makes_nothing_unavailable() -> None:
    pdf = deposited(b"%PDF", format=DocumentFormat.PDF, media_type="application/pdf")
    summary = summarise([pdf], NOW)
    assert [one.reason for one in summary.not_summarised] == [UnreadReason.NOT_STRUCTURED]
    assert summary.section(ALLERGIES).state is SectionState.NO_INFORMATION


def test_directives_deposited_as_a_pdf_are_listed_whatever_became_of_the_file() -> None:
    reference, _ = deposited(b"", type_code="EXPPAT_3", format=DocumentFormat.PDF, media_type="application/pdf")
    for content in (b"%PDF", Unread(UnreadReason.NOT_FETCHED)):
        summary = summarise([(reference, content)], NOW)
        assert [item.kind for item in summary.section(SectionKey.ADVANCE_DIRECTIVES).items] == ["directive_document"]
        assert [item.kind for item in summary.section(SectionKey.VITAL_ALERTS).items] == ["advance_directives"]


def test_an_implant_card_is_an_implant_even_as_a_pdf() -> None:
    card = deposited(b"%PDF", type_code="101881-1", format=DocumentFormat.PDF, media_type="application/pdf")
    summary = summarise([card], NOW)
    assert [item.kind for item in summary.section(SectionKey.DEVICES).items] == ["device_document"]
    assert [item.kind for item in summary.section(SectionKey.VITAL_ALERTS).items] == ["implanted_device"]


def test_one_says_none_and_another_lists_one_and_both_are_shown() -> None:
    found = allergies(cda(section(A, "", allergy("Pénicilline"))), cda(section(A, "Aucune allergie connue")))
    assert found.state is SectionState.LISTED
    assert [item.text for item in found.items] == ["Pénicilline"]
    [contradiction] = found.contradictions
    assert [source.document_id for source in contradiction.none_known_by] == ["doc-2"]
    assert [source.document_id for source in contradiction.listed_by] == ["doc-1"]


def test_an_allergy_one_document_denies_and_another_lists_is_marked() -> None:
    found = allergies(cda(section(A, "", allergy("Latex"))), cda(section(A, "", allergy("LATEX", negated=True))))
    assert [(item.text, item.disputed) for item in found.items] == [("Latex", True)]
    assert [item.text for item in found.denied] == ["LATEX : non"]
    assert len(found.contradictions) == 1


def test_a_denied_allergy_alone_is_not_listed_and_not_none_known() -> None:
    found = allergies(cda(section(A, "", allergy("Latex", negated=True))))
    assert (found.state, found.items) == (SectionState.NO_INFORMATION, ())
    assert [item.text for item in found.denied] == ["Latex : non"]


def test_an_entry_denied_by_its_code_but_listed_in_words_is_kept_and_marked() -> None:
    narrative = table("Date|Agent", '01/02/2020|<content ID="a1">Latex</content>')
    found = allergies(cda(section(A, narrative, allergy("Latex", "#a1", negated=True))))
    assert [(item.text, item.disputed) for item in found.items] == [("Latex", True)]


def test_the_same_line_in_three_documents_is_one_item_counted_three() -> None:
    documents = [cda(section(A, "", allergy(name))) for name in ("Pénicilline", "PENICILLINE", "pénicilline ")]
    [item] = allergies(*documents).items
    assert (item.occurrences, [source.document_id for source in item.sources]) == (3, ["doc-3", "doc-2", "doc-1"])


def test_left_and_right_are_never_merged_even_under_one_code() -> None:
    def device(side: str) -> str:
        return (
            '<supply classCode="SPLY"><participant typeCode="DEV"><participantRole><playingDevice><code code="J01" '
            f'codeSystem="1.2.3" displayName="Sonde {side}"/></playingDevice></participantRole></participant></supply>'
        )

    for documents in ([device("droite"), device("gauche")],), ([device("droite")], [device("gauche")]):
        summary = made(*(cda(section("46264-8", "", *entries)) for entries in documents))
        texts = {item.text for item in summary.section(SectionKey.DEVICES).items}
        assert texts == {"Sonde droite", "Sonde gauche"}


def test_a_wrong_code_never_merges_two_diseases() -> None:
    def problem(words: str) -> str:
        return (
            '<act><entryRelationship typeCode="SUBJ"><observation><value xsi:type="CD" code="513" codeSystem="1.9" '
            f'displayName="{words}"/></observation></entryRelationship></act>'
        )

    section_found = made(cda(section(P, "", problem("Acromégalie"), problem("Leucémie")))).section(PROBLEMS)
    assert {item.text for item in section_found.items} == {"Acromégalie", "Leucémie"}


def test_a_row_no_entry_speaks_of_is_kept_beside_the_coded_ones() -> None:
    narrative = table(
        "Date|Agent|Réaction", '|<content ID="a1">Iode</content>|', "12/03/2019|Latex|Choc anaphylactique"
    )
    found = allergies(cda(section(A, narrative, allergy("Iode", "#a1"))))
    assert {item.text for item in found.items} == {"Iode", "Latex"}
    latex = next(item for item in found.items if item.text == "Latex")
    assert (latex.date, latex.criticality) == ("2019-03-12", Criticality.HIGH)
    assert "Choc anaphylactique" in latex.detail


def test_an_entry_whose_reference_is_broken_is_told_by_its_label() -> None:
    found = allergies(cda(section(A, "", allergy("Iode", "#nowhere"))))
    assert [item.text for item in found.items] == ["Iode"]


def test_the_narrative_is_preferred_to_the_label() -> None:
    narrative = table("Date|Médicament|Posologie", '|<content ID="m1">COUMADINE 5 mg</content>|1 cp le soir')
    summary = made(cda(section(T, narrative, medicine("warfarine", reference="m1"))))
    [item] = summary.section(TREATMENTS).items
    assert item.text == "COUMADINE 5 mg"
    assert "Posologie : 1 cp le soir" in item.detail


def test_a_treatment_follows_the_newest_document_and_keeps_what_the_others_say() -> None:
    running = cda(section(T, "", medicine("SOLIAN 100 mg", start="20240101")))
    stopped = cda(section("18610-6", "", medicine("SOLIAN 100 mg"), title="Traitements arrêtés durant le séjour"))
    [item] = made(running, stopped).section(TREATMENTS).items
    assert (item.activity, item.kind) == (Activity.INACTIVE, "stopped")
    assert [source.activity for source in item.sources] == [Activity.INACTIVE, Activity.UNKNOWN]
    [item] = made(stopped, running).section(TREATMENTS).items
    assert item.activity is Activity.UNKNOWN


def test_a_treatment_begun_again_after_its_end_is_not_stopped() -> None:
    again = cda(section(T, "", medicine("PLAVIX 75 mg", start="20260601")))
    ended = cda(section(T, "", medicine("PLAVIX 75 mg", start="20250101", end="20250201")))
    [item] = made(again, ended).section(TREATMENTS).items
    assert (item.activity, item.date, item.end_date) == (Activity.UNKNOWN, "2026-06-01", "")


def test_a_treatment_whose_end_has_passed_is_inactive_and_still_listed() -> None:
    summary = made(cda(section(T, "", medicine("AMOXICILLINE", start="20260101", end="20260108"))))
    [item] = summary.section(TREATMENTS).items
    assert item.activity is Activity.INACTIVE


def test_sources_that_disagree_on_an_allergy_keep_it_active_and_marked() -> None:
    found = allergies(
        cda(section(A, "", allergy("Iode", status="active"))), cda(section(A, "", allergy("Iode", status="inactive")))
    )
    assert [(item.activity, item.disputed) for item in found.items] == [(Activity.ACTIVE, True)]


def test_serious_allergies_come_first() -> None:
    narrative = table("Agent|Criticité", "Pollen|Basse", "Latex|", "Venin de guêpe|Haute")
    assert [item.text for item in allergies(cda(section(A, narrative))).items] == ["Venin de guêpe", "Latex", "Pollen"]


def test_a_line_above_an_allergy_table_is_never_swallowed_as_its_title() -> None:
    narrative = f"<paragraph>Allergie grave à l'arachide</paragraph>{table('Agent', 'Iode')}"
    assert {item.text for item in allergies(cda(section(A, narrative))).items} == {
        "Allergie grave à l'arachide",
        "Iode",
    }


def test_what_a_replaced_version_said_is_not_said_again() -> None:
    former = deposited(cda(section(A, "", allergy("Iode"))), 1, status=DocumentStatus.OBSOLETE)
    summary = summarise([former, deposited(cda(section(A, "Aucune allergie connue")), 2)], NOW)
    found = summary.section(ALLERGIES)
    assert (found.state, found.contradictions, found.missing) == (SectionState.NONE_KNOWN, (), ())
    assert [(one.source.document_id, one.reason) for one in summary.not_summarised] == [
        ("doc-1", UnreadReason.REPLACED)
    ]


def test_obsolete_documents_are_not_among_the_recent_ones() -> None:
    old = deposited(cda(), 1, status=DocumentStatus.OBSOLETE)
    summary = summarise([old, deposited(cda(), 2)], NOW)
    assert [item.text for item in summary.section(SectionKey.RECENT_DOCUMENTS).items] == ["Document 2"]


def test_the_last_three_values_of_a_key_result_are_kept_newest_first() -> None:
    values = [
        result("2823-3", "Potassium", f"{value}", "mmol/L", f"2026010{day}") for day, value in enumerate("3456", 1)
    ]
    items = made(cda(section("18719-5", "", *values))).section(SectionKey.KEY_RESULTS).items
    assert [(item.kind, item.measure.number if item.measure else None) for item in items] == [
        ("potassium", 6.0),
        ("potassium", 5.0),
        ("potassium", 4.0),
    ]


def test_a_result_sent_twice_is_counted_once() -> None:
    value = section("18719-5", "", result("2823-3", "Potassium", "4.1", "mmol/L", "20260101"))
    [item] = made(cda(value), cda(value)).section(SectionKey.KEY_RESULTS).items
    assert item.occurrences == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Créatininémie", "creatinine"),
        ("Clairance de la créatinine", "egfr"),
        ("Hémoglobine", "haemoglobin"),
        ("Hémoglobine glyquée (HbA1c)", "hba1c"),
        ("Plaquettes", "platelets"),
        ("INR", "inr"),
        ("Groupe sanguin", "blood_group"),
        ("Créatinine urinaire", "other"),
        ("Cholestérol", "other"),
    ],
)
def test_a_narrated_result_is_known_by_its_french_name(name: str, kind: str) -> None:
    narrative = table("Date|Analyse|Résultat|Unité", f"02/03/2026|{name}|5,1|u")
    [item] = made(cda(section("30954-2", narrative))).section(SectionKey.KEY_RESULTS).items
    assert (item.kind, item.measure.number if item.measure else None, item.date) == (kind, 5.1, "2026-03-02")


@pytest.mark.parametrize(
    ("name", "atc", "kinds"),
    [
        ("PREVISCAN 20 mg", "", ["anticoagulant"]),
        ("Produit inconnu", "B01AF02", ["anticoagulant"]),
        ("Kardégic 75 mg", "", ["antiplatelet"]),
        ("LANTUS stylo", "", ["insulin"]),
        ("Tacrolimus 1 mg", "", ["immunosuppression"]),
        ("PARACETAMOL 1 g", "N02BE01", []),
        ("AVKOL", "", []),  # a name that only begins like one
    ],
)
def test_the_strip_knows_treatments_by_class_and_by_name(name: str, atc: str, kinds: list[str]) -> None:
    summary = made(cda(section(T, "", medicine(name, atc=atc))))
    assert [item.kind for item in summary.section(SectionKey.VITAL_ALERTS).items] == kinds


def test_a_stopped_anticoagulant_raises_no_alert() -> None:
    summary = made(cda(section(T, "", medicine("ELIQUIS 5 mg", status="aborted"))))
    assert summary.section(SectionKey.VITAL_ALERTS).items == ()


def test_the_same_documents_in_any_order_give_the_same_summary() -> None:
    documents = [
        deposited(cda(section(A, "", allergy("Iode"))), 1),
        deposited(cda(section(A, "Aucune allergie connue")), 2),
        deposited(cda(section(T, "", medicine("PLAVIX"), medicine("ELIQUIS"))), 3),
    ]
    summaries = [summarise(order, NOW) for order in itertools.permutations(documents)]
    assert all(summary == summaries[0] for summary in summaries)


def test_tables_loaded_once_give_the_same_summary() -> None:
    document = deposited(cda(section(T, "", medicine("ELIQUIS"))))
    assert summarise([document], NOW, load_summary_tables()) == summarise([document], NOW)


AGENTS = st.lists(
    st.text(st.characters(codec="utf-8", categories=("Lu", "Ll")), min_size=4, max_size=12), min_size=1, max_size=5
)


@given(AGENTS, st.sampled_from(["table", "list", "lines"]))
def test_no_named_agent_is_ever_lost_however_it_is_written(agents: list[str], form: str) -> None:
    named = [f"Agent{agent}" for agent in agents]
    narrative = {
        "table": table("Date|Agent|Réaction", *(f"01/02/2020|{name}|Urticaire" for name in named)),
        "list": f"<list>{''.join(f'<item>{name}</item>' for name in named)}</list>",
        "lines": "<br/>".join(named),
    }[form]
    items = allergies(cda(section(A, narrative))).items
    assert {name.casefold() for name in named} >= {item.text.casefold() for item in items}
    assert sum(item.occurrences for item in items) == len(named)


@given(st.lists(st.sampled_from([*SectionKey]), max_size=3), st.text(max_size=40))
def test_strange_narratives_never_break_the_summary(keys: list[SectionKey], text: str) -> None:
    printable = "".join(letter for letter in text if letter.isprintable()).replace("<", "").replace("&", "")
    codes = ["48765-2", "10160-0", "11450-4", "11348-0", "46264-8", "42348-3", "11369-6", "30954-2", "44944-7"]
    parts = [section(code, f"{printable}<table><tr><td>{printable}</td><td/></tr></table>") for code in codes]
    summary = made(cda(*parts[: 3 * len(keys)]))
    assert [one.key for one in summary.sections] == list(SectionKey)


def test_a_masked_document_left_out_by_the_rules_leaves_no_trace() -> None:
    allowed: list[tuple[DocumentReference, bytes | Unread]] = [deposited(cda(section(A, "", allergy("Iode"))))]
    summary = summarise(allowed, NOW)
    assert summary.not_summarised == ()
    assert len(summary.summarised) == 1


def test_a_remark_line_belongs_to_the_drug_above_and_a_vague_date_does_not() -> None:
    narrative = table(
        "Durée du traitement|Médicament|Dose",
        "du 01/01/2026 au 31/12/2027|ELIQUIS 5 mg|2/j",
        "Instruction au patient|Au cours du repas|",
        "depuis longtemps|BISOPROLOL 5 mg|1/j",
    )
    items = made(cda(section(T, narrative))).section(TREATMENTS).items
    assert {item.text for item in items} == {"ELIQUIS 5 mg", "BISOPROLOL 5 mg"}
    eliquis = next(item for item in items if "ELIQUIS" in item.text)
    assert "Instruction au patient : Au cours du repas" in eliquis.detail
    assert (eliquis.date, eliquis.end_date) == ("2026-01-01", "2027-12-31")


def test_a_section_of_thousands_of_lines_is_read_in_seconds_and_whole() -> None:
    lines = 4000
    began = time.monotonic()
    same_code = "".join(
        '<act><entryRelationship typeCode="SUBJ"><observation><value xsi:type="CD" code="1" codeSystem="1.9" '
        f'displayName="maladie {number}"/></observation></entryRelationship></act></entry><entry>'
        for number in range(lines)
    )
    summary = made(
        cda(
            section(A, table("Date|Agent", *(f"01/02/2020|agent{number}" for number in range(lines)))),
            section(P, "", f"{same_code}<act/>"),
            section("46264-8", table("Dispositif|N°", *(f"sonde|{number}" for number in range(lines)))),
        )
    )
    assert len(summary.section(ALLERGIES).items) == lines
    assert len(summary.section(PROBLEMS).items) == lines
    assert len(summary.section(SectionKey.DEVICES).items) == lines
    assert time.monotonic() - began < 20
