"""The pages where hospital IT writes, understands, checks, publishes and undoes the rules; the DPO looks on and agrees
to what changes the guardrails.

They show what `gateway.publishing` answers and hand it what a person decided. They hold no rule of the life of the
rules themselves, and show no patient to anyone.
"""

from flask import Flask

from gateway.errors import RulesRefused
from gateway.web.it.cases import add_cases
from gateway.web.it.deciding import add_deciding
from gateway.web.it.drafts import add_drafts
from gateway.web.it.editing import add_editing
from gateway.web.it.explaining import add_explaining
from gateway.web.it.facts_in_words import add_facts_in_words
from gateway.web.it.matrix import add_matrix
from gateway.web.it.refusals import refused_page
from gateway.web.it.replaying import add_replaying
from gateway.web.it.settings_form import add_settings_form
from gateway.web.it.state import add_state
from gateway.web.it.trying import add_trying
from gateway.web.it.versions import add_versions
from gateway.web.it.words import add_words

__all__ = ["add_it"]

_PAGES = (
    add_words,
    add_facts_in_words,
    add_state,
    add_versions,
    add_deciding,
    add_drafts,
    add_editing,
    add_cases,
    add_matrix,
    add_settings_form,
    add_trying,
    add_explaining,
    add_replaying,
)


def add_it(app: Flask) -> None:
    """Everything under `/it`."""
    for add_pages in _PAGES:
        add_pages(app)
    app.register_error_handler(RulesRefused, refused_page)
