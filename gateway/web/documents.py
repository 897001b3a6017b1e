"""The documents of an open access: the list, each as a safe page, and the original byte for byte."""

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from gateway.access.views import Delivery, ReadableView
from gateway.errors import AccessNotOpen
from gateway.web.entrance import Entrance, entrance
from gateway.web.headers import content_policy
from gateway.web.parts import gateway
from gateway.web.session import staff
from gateway.web.summary import over_page

_PDF = "application/pdf"
# A PDF is shown by the browser's own reader, in a frame of our page and of no other; it may run and send nothing.
_PDF_POLICY = "frame-ancestors 'self'; base-uri 'none'; form-action 'none'; script-src 'none'"
_EXTENSIONS = {"application/pdf": "pdf", "text/xml": "xml", "application/xml": "xml", "application/fhir+json": "json"}


def add_documents(app: Flask) -> None:
    """Under `/access/{id}/documents`."""
    base = "/access/<access_id>/documents"
    app.add_url_rule(base, view_func=documents_page)
    app.add_url_rule(f"{base}/<document_id>", view_func=document_page)
    app.add_url_rule(f"{base}/<document_id>/original", view_func=original)
    app.add_url_rule(f"{base}/<document_id>/pdf", view_func=pdf)
    app.add_url_rule(f"{base}/<document_id>/embedded", view_func=embedded)


@entrance(Entrance.STAFF)
def documents_page(access_id: str) -> ResponseReturnValue:
    """The list, with its filter shown for what it is and a way to remove it."""
    everything = request.args.get("everything") == "1"
    access = gateway().continuing.current(staff(), access_id)
    if not access.open:
        return over_page(access)
    listed = gateway().reading.list_documents(staff(), access_id, everything=everything)
    return render_template("documents.html", access=listed.access, documents=listed.documents, filtered=listed.filtered)


@entrance(Entrance.STAFF)
def document_page(access_id: str, document_id: str) -> ResponseReturnValue:
    """A document as a page. It runs no script at all, ours included, and loads nothing from elsewhere."""
    access = gateway().continuing.current(staff(), access_id)
    if not access.open:
        return over_page(access)
    try:
        view = gateway().reading.readable_document(staff(), access_id, document_id)
    except AccessNotOpen:
        return over_page(gateway().continuing.current(staff(), access_id))
    answer = make_response(render_template("document.html", access=view.access, view=view, frame=_frame_of(view)))
    answer.headers["Content-Security-Policy"] = content_policy(scripts="'none'", images="'self' data:", frames="'self'")
    return answer


@entrance(Entrance.STAFF)
def original(access_id: str, document_id: str) -> ResponseReturnValue:
    """The bytes as deposited, to keep or to open elsewhere."""
    delivery = gateway().reading.open_document(staff(), access_id, document_id)
    extension = _EXTENSIONS.get(delivery.media_type, "bin")
    return _deliver(delivery, f"attachment; filename=document.{extension}")


@entrance(Entrance.STAFF)
def pdf(access_id: str, document_id: str) -> ResponseReturnValue:
    """A document that is a PDF, shown in place."""
    return _deliver(gateway().reading.open_document(staff(), access_id, document_id), "inline")


@entrance(Entrance.STAFF)
def embedded(access_id: str, document_id: str) -> ResponseReturnValue:
    """The file a CDA document wraps, shown in place when it is a PDF."""
    return _deliver(gateway().reading.embedded_document(staff(), access_id, document_id), "inline")


def _frame_of(view: ReadableView) -> str:
    """Which of our addresses shows the document's PDF, if it is or wraps one."""
    if view.embedded is not None and view.embedded.media_type == _PDF:
        return "embedded"
    return "pdf" if view.reference.media_type == _PDF else ""


def _deliver(delivery: Delivery, disposition: str) -> Response:
    shown = disposition == "inline" and delivery.media_type == _PDF
    answer = Response(delivery.chunks, content_type=delivery.media_type)
    answer.headers["Content-Length"] = str(delivery.size)
    answer.headers["Content-Disposition"] = disposition if shown or disposition != "inline" else "attachment"
    answer.headers["Content-Security-Policy"] = _PDF_POLICY if shown else "default-src 'none'; sandbox"
    return answer
