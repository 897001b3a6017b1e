"""The desk's pages: staff at the counter or on the telephone record what somebody without digital means asks for. They
show identity traits and times, never who read a dossier nor a word of it, and say how the person was identified.
"""

from flask import Flask

from gateway.web.desk.acting import add_acting
from gateway.web.desk.addresses import add_addresses
from gateway.web.desk.finding import add_finding
from gateway.web.desk.visit import add_words

__all__ = ["add_desk"]


def add_desk(app: Flask) -> None:
    """Everything under `/desk`."""
    for add_pages in (add_words, add_finding, add_acting, add_addresses):
        add_pages(app)
