"""The calls that open, show, extend and end an access."""

from flask import Response, request

from gateway.access.outcome import Access, Refused
from gateway.access.request import AccessRequest, Mode, parse_reason
from gateway.api.access_shapes import access_opened, access_refused, access_state
from gateway.api.answers import answer
from gateway.api.bodies import AccessPath, NewAccess
from gateway.api.entrance import Entrance, entrance
from gateway.api.naming import access_given, patient_given
from gateway.api.parts import caller, gateway
from gateway.api.problems import problem_answer
from gateway.api.strict_json import refuse_body
from gateway.errors import InvalidRequest


@entrance(Entrance.TOKEN)
def open_access(body: NewAccess) -> Response:
    """Ask to open a patient's dossier

    Granted or refused, the answer is durable in the log, and the patient's notice queued, before it is sent.
    """
    outcome = gateway().opening.open_dossier(caller(), _request(body))
    if isinstance(outcome, Refused):
        return _refused(outcome)
    opened = access_opened(outcome.access)
    return answer(opened, 200 if outcome.repeated else 201, headers={"Location": opened.links["self"]})


@entrance(Entrance.TOKEN)
def show_access(path: AccessPath) -> Response:
    """The state of an access of the caller, also when it is over"""
    return _state(gateway().continuing.current(caller(), access_given(path.access_id)))


@entrance(Entrance.TOKEN)
def access_receipt(path: AccessPath) -> Response:
    """The audit receipt of the caller's own opening: what `python -m audit receipt` checks, offline

    Proven by a signed head; or, when none covers the entry within a second, pending and signed by the gateway: then
    ask again in a moment, and keep the pending one. Recorded.
    """
    return answer(gateway().oversight.own_record.receipt(caller(), access_given(path.access_id)))


@entrance(Entrance.TOKEN)
def extend_access(path: AccessPath) -> Response:
    """Extend an open access by one more window, if the rules allow; recorded"""
    refuse_body(request)
    extended = gateway().continuing.extend(caller(), access_given(path.access_id))
    return _refused(extended) if isinstance(extended, Refused) else _state(extended)


@entrance(Entrance.TOKEN)
def end_access(path: AccessPath) -> Response:
    """End an access now; recorded"""
    refuse_body(request)
    return _state(gateway().continuing.end(caller(), access_given(path.access_id)))


def _request(body: NewAccess) -> AccessRequest:
    mode = Mode(body.mode)
    patient = patient_given(ins=body.patient.ins, oid=body.patient.oid, ipp=body.patient.ipp)
    given = body.reason
    if given is not None and mode is Mode.NORMAL:
        raise InvalidRequest("a normal access takes no reason", field="reason", code="reason-unexpected")
    if body.consent is not None and mode is not Mode.NORMAL:
        # An emergency access rests on the patient being unable to answer: both cannot be attested (CSP L1111-17).
        raise InvalidRequest("an emergency access takes no consent", field="consent", code="consent-unexpected")
    return AccessRequest(
        request_id=body.request_id.lower(),
        patient=patient,
        mode=mode,
        reason=parse_reason(
            gateway().rules.current().settings, mode, given.code if given else "", given.text if given else ""
        ),
        consent_given=body.consent is not None,
    )


def _state(access: Access) -> Response:
    return answer(access_state(access))


def _refused(refused: Refused) -> Response:
    return problem_answer("access-refused", more=access_refused(refused).model_dump())
