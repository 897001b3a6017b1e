"""A relay that answers by the recipient's name, and keeps a record of its own."""

from email import message_from_bytes

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.notifications.relays import ScriptedRelay


def key_of(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


class StormyRelay(ScriptedRelay):
    """Answers by the recipient's name: `bounces` for good, `greylisted`, `hangs` and `dropped` once, `later` ever."""

    def __init__(self) -> None:
        super().__init__()
        self.once: set[str] = set()
        self.cut_off: list[str] = []  # keys of the mails it kept without ever saying so

    def _first(self, address: str) -> bool:
        known = address in self.once
        self.once.add(address)
        return not known

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        kind = address.partition("-")[0]
        if kind == "bounces":
            return "550 no such mailbox"
        if kind == "later" or (kind == "greylisted" and self._first(address)):
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        kind = address.partition("-")[0]
        if kind in ("hangs", "dropped") and self._first(address):
            self.script[:] = ["hang" if kind == "hangs" else "drop"]
            if kind == "dropped":
                assert isinstance(envelope.content, bytes)
                self.cut_off.append(key_of(str(message_from_bytes(envelope.content)["Message-ID"])))
        return await super().handle_DATA(server, session, envelope)
