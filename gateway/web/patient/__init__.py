"""The pages of patients: who opened their dossier, what it means, what they can do about it. They are for anyone: plain
words, an easy-to-read variant, large print, no script, light enough for an old telephone. They decide nothing.
"""

from flask import Flask

from gateway.web.patient.accesses import add_accesses
from gateway.web.patient.blocking import add_blocking
from gateway.web.patient.calendar import add_calendar
from gateway.web.patient.choosing import add_choosing
from gateway.web.patient.contesting import add_contesting
from gateway.web.patient.notice import add_notice
from gateway.web.patient.privacy import add_privacy
from gateway.web.patient.reading import add_reading
from gateway.web.patient.words import add_words

__all__ = ["add_patient"]


def add_patient(app: Flask) -> None:
    """Everything under `/patient` and `/n/`."""
    for add_pages in (
        add_reading,
        add_words,
        add_notice,
        add_accesses,
        add_calendar,
        add_contesting,
        add_blocking,
        add_choosing,
        add_privacy,
    ):
        add_pages(app)
