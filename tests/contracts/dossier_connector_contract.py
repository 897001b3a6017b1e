"""The contract of `DossierConnector`, run against every connector there is.

A connector's own test inherits `DossierConnectorContract` and gives the `shelf` fixture: a store with a known dossier,
which can be filled, corrupted and cut off.
"""

import hashlib
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from gateway.dossiers.connector import (
    DocumentFormat,
    DocumentReference,
    DocumentStatus,
    DossierConnector,
    DossierPatient,
)
from gateway.errors import DocumentNotFound, DocumentUnreadable, DossierUnavailable

MAX_DOCUMENT_BYTES = 100_000  # what a shelf's connector is built with
TIMEOUT_SECONDS = 2.0
NEWEST = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


class Shelf(Protocol):
    """A store under test."""

    connector: DossierConnector
    patient: DossierPatient
    stranger: DossierPatient  # has a dossier with nothing in it, or none

    def put(self, reference: DocumentReference, content: bytes) -> None:
        """Deposits a document."""

    def corrupt(self, document_id: str) -> None:
        """Changes a stored byte behind the store's back."""

    def cut_off(self) -> None:
        """Makes the store unreachable."""


def reference(number: int, patient: DossierPatient, content: bytes, **changes: object) -> DocumentReference:
    """A reference whose every field is told apart from the others'."""
    fields: dict[str, object] = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "unique_id": f"1.2.250.1.{number}^{number}",
        "patient_id": patient.id,
        "title": f"Synthèse médicale n° {number}",
        "type_code": "SYNTH",
        "type_label": "Synthèse",
        "class_code": "11",
        "media_type": "text/xml",
        "format": DocumentFormat.CDA_N3,
        "author_name": "DR Ève NOËL",
        "author_profession": "Médecin - Médecine d'urgence (SM)",
        "author_organization": "Centre de santé",
        "author_key": "rpps:10000000001",
        "created": NEWEST - timedelta(days=number),
        "service_start": NEWEST - timedelta(days=number, hours=2),
        "service_stop": None,
        "confidentiality": frozenset({"N", "MASQUE_PS"}),
        "status": DocumentStatus.CURRENT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        **changes,
    }
    return DocumentReference(**fields)  # type: ignore[arg-type]


class DossierConnectorContract:
    """Every promise of gateway/dossiers/connector.py that can be tested from outside."""

    def test_it_is_a_connector_and_says_its_name(self, shelf: Shelf) -> None:
        assert isinstance(shelf.connector, DossierConnector)
        assert shelf.connector.name

    def test_an_empty_dossier_is_an_empty_list_and_not_an_error(self, shelf: Shelf) -> None:
        assert shelf.connector.list_documents(shelf.patient) == ()
        assert shelf.connector.list_documents(shelf.stranger) == ()

    def test_a_document_is_listed_exactly_as_it_was_deposited(self, shelf: Shelf) -> None:
        deposited = reference(1, shelf.patient, b"<x/>")
        shelf.put(deposited, b"<x/>")
        assert shelf.connector.list_documents(shelf.patient) == (deposited,)

    def test_every_document_is_listed_newest_first_whatever_its_status_or_label(self, shelf: Shelf) -> None:
        statuses = [DocumentStatus.OBSOLETE, DocumentStatus.CURRENT, DocumentStatus.ARCHIVED]
        for number, status in zip((2, 3, 1), statuses, strict=True):
            shelf.put(reference(number, shelf.patient, b"x", status=status), b"x")
        listed = shelf.connector.list_documents(shelf.patient)
        assert [one.title[-1] for one in listed] == ["1", "2", "3"]
        assert {one.status for one in listed} == set(statuses)

    def test_nobody_sees_the_documents_of_another(self, shelf: Shelf) -> None:
        shelf.put(reference(1, shelf.patient, b"x"), b"x")
        assert shelf.connector.list_documents(shelf.stranger) == ()

    @pytest.mark.parametrize("content", [b"\xef\xbb\xbf<x/>\r\n", bytes(range(256)), "é".encode("latin-1"), b"\x00"])
    def test_bytes_come_back_unchanged_with_their_sha256(self, shelf: Shelf, content: bytes) -> None:
        shelf.put(reference(1, shelf.patient, content, media_type="application/pdf"), content)
        fetched = shelf.connector.fetch(reference(1, shelf.patient, content).id)
        assert fetched.content == content
        assert b"".join(fetched.chunks(7)) == content
        assert fetched.sha256 == hashlib.sha256(content).hexdigest()
        assert (fetched.media_type, fetched.size) == ("application/pdf", len(content))

    def test_a_document_that_does_not_exist_is_not_found(self, shelf: Shelf) -> None:
        with pytest.raises(DocumentNotFound):
            shelf.connector.fetch("00000000-0000-4000-8000-00000000dead")

    def test_bytes_that_changed_in_the_store_are_never_returned(self, shelf: Shelf) -> None:
        deposited = reference(1, shelf.patient, b"<dose>1</dose>")
        shelf.put(deposited, b"<dose>1</dose>")
        shelf.corrupt(deposited.id)
        with pytest.raises(DocumentUnreadable):
            shelf.connector.fetch(deposited.id)

    def test_a_document_over_the_limit_stays_listed_and_is_refused_by_name(self, shelf: Shelf) -> None:
        large = b"x" * (MAX_DOCUMENT_BYTES + 1)
        deposited = reference(1, shelf.patient, large)
        shelf.put(deposited, large)
        assert shelf.connector.list_documents(shelf.patient) == (deposited,)
        with pytest.raises(DocumentUnreadable, match=str(MAX_DOCUMENT_BYTES)):
            shelf.connector.fetch(deposited.id)

    def test_a_store_out_of_reach_says_so_in_time_and_says_nothing_else(self, shelf: Shelf) -> None:
        shelf.put(reference(1, shelf.patient, b"x"), b"x")
        shelf.cut_off()
        began = time.monotonic()
        for ask in (
            lambda: shelf.connector.list_documents(shelf.patient),
            lambda: shelf.connector.fetch(reference(1, shelf.patient, b"x").id),
        ):
            with pytest.raises(DossierUnavailable) as caught:
                ask()
            assert shelf.patient.ins not in str(caught.value)
        assert time.monotonic() - began < 2 * TIMEOUT_SECONDS + 1

    def test_one_instance_serves_many_threads(self, shelf: Shelf) -> None:
        contents = {number: f"document {number}".encode() * 50 for number in range(1, 9)}
        for number, content in contents.items():
            shelf.put(reference(number, shelf.patient, content), content)
        wrong: list[int] = []

        def read(number: int) -> None:
            for _ in range(10):
                fetched = shelf.connector.fetch(reference(number, shelf.patient, contents[number]).id)
                if fetched.content != contents[number]:
                    wrong.append(number)

        threads = [threading.Thread(target=read, args=(number,)) for number in contents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
