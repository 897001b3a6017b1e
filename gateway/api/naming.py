"""Who the caller means: identifiers in a request, checked and turned into what the use cases take."""

import re

from gateway.access.request import PatientSelector
from gateway.api.parts import gateway
from gateway.errors import InvalidRequest, NotFound
from gateway.patients.ins import PRODUCTION_OIDS, TEST_OIDS, Ins, parse_ins

_ACCESS_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOCUMENT_ID = re.compile(r"[!-~]{1,200}")


def ins_given(value: str, oid: str) -> Ins:
    """The INS of a request. Raises `InvalidIns`: test numbers are refused in production, real ones in the demo."""
    demo = gateway().settings.profile == "demo"
    return parse_ins(value, oid, allowed_oids=TEST_OIDS if demo else PRODUCTION_OIDS)


def patient_given(*, ins: str | None, oid: str | None, ipp: str | None) -> PatientSelector:
    """The one patient named. Raises `InvalidIns`, and `InvalidRequest` (`patient-unclear`) for none or two ways."""
    if (ins is None and oid is None) == (ipp is None) or (ins is None and oid is not None):
        raise InvalidRequest("name the patient in exactly one way", field="patient", code="patient-unclear")
    if ipp is not None:
        return PatientSelector(ipp=ipp)
    return PatientSelector(ins=ins_given(ins or "", oid or ""))


def access_given(access_id: str) -> str:
    """An access id of an address. Raises `NotFound` for what cannot be one."""
    if not _ACCESS_ID.fullmatch(access_id):
        raise NotFound("not an access id")
    return access_id


def document_given(document_id: str) -> str:
    """A document id of an address. Raises `NotFound` for what cannot be one."""
    if not _DOCUMENT_ID.fullmatch(document_id):
        raise NotFound("not a document id")
    return document_id
