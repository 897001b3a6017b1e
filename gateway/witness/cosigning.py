"""A running witness: its key, its list of logs, its memory. Answers one request after another, about any log."""

import structlog

from audit.cosignature import Cosigner
from audit.errors import NoteError
from audit.witnessing import AddCheckpoint, Answer, Witness
from gateway.errors import ConfigurationError, SettingFault
from gateway.witness.logs import read_logs
from gateway.witness.settings import WitnessSettings
from gateway.witness.state import WitnessState
from gateway.world import World


class Cosigning:
    """`add_checkpoint` of c2sp.org/tlog-witness. Safe to share between threads."""

    def __init__(self, settings: WitnessSettings, world: World) -> None:
        """Raises `ConfigurationError` for a key or a list that cannot be used, `Unavailable` for such a state file."""
        self._logs_file = settings.logs_file
        self._world = world
        self._cosigner = read_key(settings)
        read_logs(self._logs_file)
        self.state = WitnessState(settings.state_file)
        self._log = structlog.get_logger("gateway.witness")

    @property
    def vkey(self) -> str:
        """The public key, as the logs it cosigns and their readers configure it."""
        return str(self._cosigner.verifier)

    def add_checkpoint(self, body: str) -> Answer:
        """The answer to one body, what it commits this witness to being durable. Raises `ConfigurationError` when the
        list of logs cannot be read, `Unavailable` when the answer cannot be kept: nothing is cosigned then."""
        try:
            request = AddCheckpoint.read(body)
            origin = request.origin
        except NoteError as error:
            return Answer(400, f"{error}\n")
        witness = Witness(self._cosigner, read_logs(self._logs_file))
        now = int(self._world.now().timestamp())
        answer = self.state.answer(origin, request.note, now, lambda last: witness.decide(request, last, now))
        if answer.evidence:
            self._log.error("two-histories", origin=origin, status=answer.status)
        return answer


def read_key(settings: WitnessSettings) -> Cosigner:
    """The key of the witness. Raises `ConfigurationError`."""
    try:
        return Cosigner(settings.key_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise ConfigurationError((SettingFault("key_file", f"is no cosigning key: {error}"),)) from error
