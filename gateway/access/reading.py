"""Read under an open access: the list, the summary, one document. Each is in the log before any byte of it leaves.

Transactions never span the dossier store: (1) grant still open, rules asked, opening recorded, commit; (2) fetch, no
transaction; (3) delivered or failed, recorded.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from gateway.access.context import find_context
from gateway.access.grants import open_grants
from gateway.access.outcome import Access
from gateway.access.recorders import AccessRecorder
from gateway.access.request import PatientSelector
from gateway.access.under_access import OpenAccess, UnderAccess, dossier_patient
from gateway.access.views import Delivery, DocumentList, ReadableView, SummaryView
from gateway.dossiers.connector import (
    DocumentReference,
    DocumentStatus,
    DossierConnector,
)
from gateway.dossiers.readable import embedded_file, readable_document
from gateway.dossiers.summary import SummaryTables, Unread, UnreadReason, summarise
from gateway.errors import DocumentNotFound, DocumentUnreadable, DossierUnavailable
from gateway.identity.staff_member import StaffMember
from gateway.patients.directory import contacts_of
from gateway.rulebook.in_force import RulesInForce
from gateway.settings import DossierSettings, HospitalSettings
from gateway.storage.database import Database
from gateway.world import World

# PDSM4DMP: the first automatic search covers at most two years of current documents.
FIRST_SEARCH = timedelta(days=730)


class Reading:
    """Everything that lets bytes of a dossier out."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        rules: RulesInForce,
        recorder: AccessRecorder,
        connector: DossierConnector,
        tables: SummaryTables,
        hospital: HospitalSettings,
        settings: DossierSettings,
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._connector = connector
        self._tables = tables
        self._settings = settings
        self._under = UnderAccess(
            database=database,
            world=world,
            rules=rules,
            recorder=recorder,
            connector=connector,
            hospital=hospital,
        )

    def list_documents(self, staff: StaffMember, access_id: str, *, everything: bool = False) -> DocumentList:
        """The documents the rules let this person read, newest first.

        Raises `NotFound`, `AccessNotOpen`, `DossierUnavailable`, `RecordUnavailable`.
        """
        opened = self._under.find(staff, access_id)
        documents = self._under.readable(staff, opened)
        if not everything:
            oldest = self._world.now() - FIRST_SEARCH
            documents = tuple(
                item for item in documents if item.created >= oldest and item.status is DocumentStatus.CURRENT
            )
        version = opened.book.digest
        self._under.record(staff, opened, lambda tx: self._recorder.listed(tx, staff, opened.grant, documents, version))
        return DocumentList(access=self._access(opened), documents=documents, filtered=not everything)

    def summary(self, staff: StaffMember, access_id: str) -> SummaryView:
        """The emergency summary of every document the rules let this person read.

        A document that does not arrive in time is named in it as not summarised. Raises as `list_documents`.
        """
        opened = self._under.find(staff, access_id)
        deadline = time.monotonic() + self._settings.timeout_seconds
        documents = self._under.readable(staff, opened)

        self._under.record(
            staff,
            opened,
            lambda tx: self._recorder.summary_opened(tx, staff, opened.grant, documents, opened.book.digest),
            opening=documents,
        )
        made = summarise(
            [(item, self._fetch_in_time(item, deadline)) for item in documents], self._world.now(), self._tables
        )
        unread = [line.source.document_id for line in made.not_summarised]
        self._database.transact(lambda tx: self._recorder.summary_delivered(tx, staff, opened.grant, unread))
        with self._database.reading() as connection:
            contacts = contacts_of(connection, opened.grant.patient_id)
        return SummaryView(access=self._access(opened), summary=made, contacts=contacts, documents=documents)

    def open_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        """One document, byte for byte as it was deposited.

        Raises `NotFound`, `AccessNotOpen`, `DocumentNotFound` (also when the rules withhold it: no hint),
        `DocumentUnreadable`, `DossierUnavailable`, `RecordUnavailable`.
        """
        opened, reference, content = self._under.open_one(staff, access_id, document_id)
        return self._delivery(staff, opened, reference, content.media_type, content.sha256, content.content)

    def access_to(self, staff: StaffMember, document_id: str) -> str:
        """The id of the newest open access of this person to the dossier that holds the document.

        Nothing of the document is told. Raises `DocumentNotFound`, `DossierUnavailable`.
        """
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            held = [
                (access_id, find_context(connection, staff, PatientSelector(patient_id=patient_id), now))
                for access_id, patient_id in open_grants(connection, staff.key, now)
            ]
        for access_id, context in held:
            listed = self._connector.list_documents(dossier_patient(context))
            if any(item.id == document_id for item in listed):
                return access_id
        raise DocumentNotFound("no such document in a dossier this person has open")

    def readable_document(self, staff: StaffMember, access_id: str, document_id: str) -> ReadableView:
        """One document as a safe page. Raises as `open_document`, but a document that cannot be parsed is shown as
        such, with its reason: it stays downloadable."""
        opened, reference, content = self._under.open_one(staff, access_id, document_id)
        title, html, embedded, problem = reference.title, "", None, ""
        try:
            page = readable_document(content.content)
            title, html, embedded = page.title or title, page.html, page.embedded
        except DocumentUnreadable as error:
            problem = error.code
        sent = len(html)
        self._database.transact(
            lambda tx: self._recorder.document_delivered(tx, staff, opened.grant, reference.id, sent)
        )
        return ReadableView(
            access=self._access(opened),
            reference=reference,
            title=title,
            html=html,
            embedded=embedded,
            problem=problem,
        )

    def embedded_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        """The file a CDA N1 wraps (a PDF most often). Raises as `open_document`, and when it wraps none."""
        opened, reference, content = self._under.open_one(staff, access_id, document_id)
        try:
            wrapped = embedded_file(content.content)
        except DocumentUnreadable:
            self._under.failed(staff, opened, reference.id, "document-unreadable")
            raise
        if wrapped is None:
            self._under.failed(staff, opened, reference.id, "document-not-found")
            raise DocumentNotFound("this document wraps no file")
        return self._delivery(staff, opened, reference, wrapped.media_type, wrapped.sha256, wrapped.content)

    def _delivery(
        self,
        staff: StaffMember,
        opened: OpenAccess,
        reference: DocumentReference,
        media_type: str,
        sha256: str,
        content: bytes,
    ) -> Delivery:
        def chunks() -> Iterator[bytes]:
            sent = 0
            view = memoryview(content)
            try:
                for start in range(0, len(view), 65_536):
                    yield bytes(view[start : start + 65_536])
                    sent = min(start + 65_536, len(view))
            finally:
                if sent == len(view):
                    self._database.transact(
                        lambda tx: self._recorder.document_delivered(tx, staff, opened.grant, reference.id, sent)
                    )
                else:
                    self._under.failed(staff, opened, reference.id, "reader-left")

        return Delivery(reference=reference, media_type=media_type, size=len(content), sha256=sha256, chunks=chunks())

    def _fetch_in_time(self, reference: DocumentReference, deadline: float) -> bytes | Unread:
        if reference.status is DocumentStatus.OBSOLETE:
            return Unread(UnreadReason.REPLACED)
        if time.monotonic() > deadline:
            return Unread(UnreadReason.NOT_FETCHED, "the summary's time was used up")
        try:
            return self._connector.fetch(reference.id).content
        except (DossierUnavailable, DocumentNotFound) as error:
            return Unread(UnreadReason.NOT_FETCHED, error.code)
        except DocumentUnreadable as error:
            return Unread(UnreadReason.UNREADABLE, error.code)

    def _access(self, opened: OpenAccess) -> Access:
        return opened.grant.to_access(opened.context.patient, self._world.epoch_ms())
