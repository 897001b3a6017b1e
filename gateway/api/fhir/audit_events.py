"""`AuditEvent?date=`: the record by IHE BALP, all of it for the DPO, their own entries for a patient. Recorded too."""

from flask import Response

from gateway.api.answers import fhir_answer
from gateway.api.entrance import REPEATABLE, Entrance, entrance
from gateway.api.fhir.bundles import page_of_searchset
from gateway.api.fhir.periods import period_asked
from gateway.api.fhir.queries import OID_PREFIX, AuditEventSearch, ipp_system, posted_search
from gateway.api.naming import ins_given
from gateway.api.parts import gateway, log_reader
from gateway.errors import InvalidRequest
from gateway.exporting.trail import TrailPage, TrailQuestion
from gateway.patients.ins import Ins

USUAL_COUNT = 50


@entrance(Entrance.LOG_READER)
def find_audit_events(query: AuditEventSearch) -> Response:
    """Read the record of a period, newest first; a patient reads what is about themselves; recorded"""
    return _events(query)


@entrance(Entrance.LOG_READER)
def search_audit_events() -> Response:
    """The same search with its identifier in the body, out of every log of addresses"""
    return _events(posted_search(AuditEventSearch, repeatable=REPEATABLE))


def _events(query: AuditEventSearch) -> Response:
    base = f"{gateway().settings.server.base_url}/fhir"
    page = _page(query)
    following = f"{base}/AuditEvent?_page={page.next}" if page.next else ""
    return fhir_answer(page_of_searchset(list(page.events), base, following))


def _page(query: AuditEventSearch) -> TrailPage:
    if query.page is not None:
        if query.date or query.patient_identifier is not None or query.count is not None:
            raise InvalidRequest("a further page is named by its mark alone", field="_page", code="page-mark")
        return gateway().exports.trail.go_on(log_reader(), query.page)
    since, until = period_asked(query.date, gateway().world.epoch_ms())
    ins, ipp = _patient(query.patient_identifier)
    question = TrailQuestion(since=since, until=until, most=query.count or USUAL_COUNT, ins=ins, ipp=ipp)
    return gateway().exports.trail.ask(log_reader(), question)


def _patient(token: str | None) -> tuple[Ins | None, str]:
    if token is None:
        return None, ""
    system, bar, value = token.partition("|")
    if bar and value and system == ipp_system():
        return None, value
    if bar and value and system.startswith(OID_PREFIX):
        return ins_given(value, system.removeprefix(OID_PREFIX)), ""
    raise InvalidRequest("an identifier is system|value", field="patient.identifier", code="patient-unclear")
