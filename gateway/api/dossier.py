"""The calls that read a dossier under an open access: summary, list, and the documents byte for byte."""

from flask import Response

from gateway.api.answers import answer
from gateway.api.bodies import AccessPath, DocumentPath, DocumentsWanted
from gateway.api.delivering import deliver
from gateway.api.dossier_answers import documents_answer, summary_answer
from gateway.api.entrance import Entrance, entrance
from gateway.api.naming import access_given, document_given
from gateway.api.parts import caller, gateway


@entrance(Entrance.TOKEN)
def read_summary(path: AccessPath) -> Response:
    """The emergency summary of the dossier, each line with its source; recorded"""
    return answer(summary_answer(gateway().reading.summary(caller(), access_given(path.access_id))))


@entrance(Entrance.TOKEN)
def list_documents(path: AccessPath, query: DocumentsWanted) -> Response:
    """The documents the rules let this access read; recorded"""
    everything = query.recent == "false"
    return answer(
        documents_answer(
            gateway().reading.list_documents(caller(), access_given(path.access_id), everything=everything)
        )
    )


@entrance(Entrance.TOKEN)
def read_document(path: DocumentPath) -> Response:
    """One document, byte for byte as deposited; its opening is recorded before, its delivery after"""
    access_id, document_id = access_given(path.access_id), document_given(path.document_id)
    return deliver(gateway().reading.open_document(caller(), access_id, document_id))
