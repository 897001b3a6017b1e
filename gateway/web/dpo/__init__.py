"""The pages of the privacy officer: the queue of emergency accesses, a case and its evidence, the figures, the log; and
the page where staff answer what they are asked about their own accesses. They decide and record nothing themselves.
"""

from flask import Flask

from gateway.web.dpo.case import add_case
from gateway.web.dpo.erasures import add_erasures
from gateway.web.dpo.explanations import add_explanations
from gateway.web.dpo.figures import add_figures
from gateway.web.dpo.log import add_log
from gateway.web.dpo.log_words import add_log_words
from gateway.web.dpo.queue import add_queue
from gateway.web.dpo.words import add_words

__all__ = ["add_dpo"]


def add_dpo(app: Flask) -> None:
    """Everything under `/dpo`, and `/explanations`."""
    for add_pages in (
        add_words,
        add_log_words,
        add_queue,
        add_case,
        add_figures,
        add_log,
        add_erasures,
        add_explanations,
    ):
        add_pages(app)
