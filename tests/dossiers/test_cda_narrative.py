"""The narrative becomes rows as a person reads them: columns, spans, headings, lists, loose lines."""

import pytest

from gateway.dossiers.cda.body import sections
from gateway.dossiers.cda.narrative import NarrativeIndex, Row, rows_of
from gateway.dossiers.cda.xml import parse_cda
from tests.dossiers.cda_writer import cda, section, table


def rows(narrative: str) -> tuple[Row, ...]:
    [only] = sections(parse_cda(cda(section("48765-2", narrative))))
    return rows_of(only.narrative)


def told(narrative: str) -> list[tuple[str, list[str]]]:
    """(group, cells as « label: text »)."""
    return [
        (row.group, [f"{cell.label}: {cell.text}" if cell.label else cell.text for cell in row.cells])
        for row in rows(narrative)
    ]


def test_a_table_row_is_its_cells_under_their_titles() -> None:
    assert told(table("Date|Agent|Réaction", "01/02/2020|Iode|", "|Latex|Choc")) == [
        ("", ["Date: 01/02/2020", "Agent: Iode"]),
        ("", ["Agent: Latex", "Réaction: Choc"]),
    ]


def test_a_title_over_several_columns_joins_the_pieces_of_one_value() -> None:
    narrative = (
        '<table><thead><tr><th>Médicament</th><th colspan="5">Dose</th></tr></thead><tbody>'
        "<tr><td>AMOX</td><td>de</td><td>2</td><td>à</td><td>4</td><td>cp</td></tr></tbody></table>"
    )
    assert told(narrative) == [("", ["Médicament: AMOX", "Dose: de 2 à 4 cp"])]


def test_a_cell_over_several_lines_is_the_heading_of_those_below() -> None:
    narrative = (
        "<table><thead><tr><th>Type</th><th>Détail</th></tr></thead><tbody>"
        '<tr><td rowspan="2">Digestif</td><td>Ulcère</td></tr><tr><td>Hémorragie</td></tr>'
        "<tr><td>Autre</td><td>x</td></tr></tbody></table>"
    )
    assert told(narrative) == [
        ("", ["Type: Digestif", "Détail: Ulcère"]),
        ("Digestif", ["Détail: Hémorragie"]),
        ("", ["Type: Autre", "Détail: x"]),
    ]


def test_a_wide_row_heads_the_rows_below_and_alone_it_is_content() -> None:
    narrative = (
        "<table><thead><tr><th>Nom</th><th>Dose</th></tr></thead><tbody>"
        '<tr><td colspan="2">Anticoagulants</td></tr><tr><td>ELIQUIS</td><td>5 mg</td></tr>'
        '<tr><td colspan="2">Aucun autre traitement</td></tr></tbody></table>'
    )
    assert told(narrative) == [
        ("Anticoagulants", ["Nom: ELIQUIS", "Dose: 5 mg"]),
        ("Anticoagulants", ["Aucun autre traitement"]),
    ]


@pytest.mark.parametrize(
    "narrative",
    [
        "Iode<br/>Latex",
        "<paragraph>Iode</paragraph><paragraph>Latex</paragraph>",
        "<list><item>Iode</item><item>Latex</item></list>",
        "<list><item>Iode<list><item>Latex</item></list></item></list>",
        "<content>Iode</content><br/><content>Latex</content>",
        "<table><tbody><tr><td>Iode</td></tr><tr><td>Latex</td></tr></tbody></table>",
    ],
)
def test_each_line_is_a_row_however_it_is_written(narrative: str) -> None:
    assert [row.text for row in rows(narrative)] == ["Iode", "Latex"]


def test_a_line_with_a_colon_announces_what_follows() -> None:
    narrative = f"Au long cours :<br/>{table('Nom|Dose', 'A|1')}<br/>Aigus :{table('Nom|Dose', 'B|2')}"
    assert told(narrative) == [("Au long cours", ["Nom: A", "Dose: 1"]), ("Aigus", ["Nom: B", "Dose: 2"])]


def test_a_line_above_a_table_without_a_colon_is_kept_and_marked() -> None:
    found = rows(f"Allergie à la pénicilline{table('Agent', 'Iode')}")
    assert [(row.text, row.heading) for row in found] == [("Allergie à la pénicilline", True), ("Iode", False)]


def test_a_line_that_announces_an_empty_table_is_content() -> None:
    assert [row.text for row in rows("Allergies :<table><tbody/></table>")] == ["Allergies :"]


def test_references_find_spans_rows_and_items_with_or_without_a_hash() -> None:
    index = NarrativeIndex()
    index.add(
        rows(
            '<table><thead><tr><th>Agent</th><th>R</th></tr></thead><tbody><tr ID="row">'
            '<td ID="cell">A <content ID="span">iode</content></td><td>x</td></tr></tbody></table>'
            '<list><item ID="item">Latex</item></list>'
        )
    )
    texts = {name: found.text for name in ("#span", "span", "#cell", "#row", "#item") if (found := index.find(name))}
    assert texts == {"#span": "iode", "span": "iode", "#cell": "A iode", "#row": "A iode x", "#item": "Latex"}
    assert index.find("#nowhere") is None
    assert index.find("#") is None


def test_comments_inside_words_do_not_split_them() -> None:
    assert [row.text for row in rows("<paragraph>Péni<!-- x -->cilline</paragraph>")] == ["Pénicilline"]


def test_absurd_spans_cost_nothing() -> None:
    narrative = '<table><tbody><tr><td colspan="999999999" rowspan="²">x</td><td>y</td></tr></tbody></table>'
    assert [row.text for row in rows(narrative)] == ["x y"]
