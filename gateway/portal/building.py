"""The parts of the room, built and joined once, for the composition root."""

from dataclasses import dataclass

from gateway.portal.blocking import Blocking
from gateway.portal.choosing import Choosing
from gateway.portal.contesting import Contesting
from gateway.portal.desk import Desk
from gateway.portal.history import History
from gateway.portal.notice_pages import NoticePages
from gateway.portal.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """`gateway.portal`: what patients' pages call. `whose` is empty for one's own record, else `Person.whose`."""

    people: People
    history: History
    notices: NoticePages
    contesting: Contesting
    blocking: Blocking
    choosing: Choosing
    desk: Desk
