"""Web owns the pages for people: staff, patients, hospital IT and the privacy officer, in French and English.

It turns forms into the use cases' requests and their answers into pages. It must never decide, record, read the store
or the database itself, put anything personal in an address, or let anyone through a page that does not say for whom
it is.
"""

from flask import Flask
from jinja2 import StrictUndefined

from gateway.assembly import Gateway
from gateway.web.anchors import add_anchor_words
from gateway.web.csrf import add_forgery_refusal
from gateway.web.desk import add_desk
from gateway.web.documents import add_documents
from gateway.web.dpo import add_dpo
from gateway.web.emergency import add_emergency
from gateway.web.entrance import guard
from gateway.web.find import add_finding
from gateway.web.headers import set_headers
from gateway.web.it import add_it
from gateway.web.language import add_languages
from gateway.web.notices import add_notices
from gateway.web.operations import add_operations
from gateway.web.own_history import add_own_history
from gateway.web.pages import add_page_tools
from gateway.web.parts import EXTENSION
from gateway.web.patient import add_patient
from gateway.web.problems import add_problems
from gateway.web.session import keep_device
from gateway.web.sign_in import add_sign_in
from gateway.web.static_files import add_static_files
from gateway.web.summary import add_summary
from gateway.web.verifying import add_verifying

__all__ = ["create_web"]

_PAGES = (
    add_sign_in,
    add_finding,
    add_emergency,
    add_summary,
    add_documents,
    add_patient,
    add_desk,
    add_it,
    add_notices,
    add_dpo,
    add_own_history,
    add_verifying,
)


def create_web(gateway: Gateway) -> Flask:
    """The pages of one assembled gateway, as a WSGI application."""
    app = Flask("gateway.web", static_folder=None)
    app.extensions[EXTENSION] = gateway
    app.config["MAX_CONTENT_LENGTH"] = gateway.settings.server.max_body_bytes
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    add_operations(app)
    add_languages(app)
    add_anchor_words(app)
    app.before_request(guard)
    add_forgery_refusal(app)
    app.after_request(keep_device)
    app.after_request(set_headers)
    add_page_tools(app)
    add_static_files(app)
    add_problems(app)
    for add_pages in _PAGES:
        add_pages(app)
    return app
