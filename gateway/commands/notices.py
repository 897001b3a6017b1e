"""`gateway notices list`, `show`, `retry`, `hold`, `release`, `hand-over`, `bedside`, `close`: each change recorded;
and `reports`, which reads what mail servers report.
"""

import getpass
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gateway.assembly import Gateway
from gateway.commands.answers import answering, config_option, gateway_of, json_option, say, show
from gateway.notifications.attempts import AttemptState
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.report_folder import ReportFolder
from gateway.world import from_epoch_ms

_PERHAPS = "  (peut-être envoyé, sans réponse / perhaps sent, no answer)"


_REPORTS = {
    "delivered": ("remis", "delivered"),
    "undelivered": ("non remis : canal suivant, ou une personne", "not delivered: the next channel, or a person"),
    "repeated": ("déjà connu", "known already"),
    "late": ("échec après une preuve d'arrivée, qui compte", "a failure after a proof of arrival, which counts"),
    "relayed": ("passé à un serveur qui ne rend pas compte", "passed on to a server that does not report"),
    "not_yet": ("encore en route", "on its way"),
    "unread": ("pas un rapport sur nos messages", "no report on messages of ours"),
}


@click.group("notices")
def notice_commands() -> None:
    """Les avis dus aux patients / the notices owed to patients."""


@notice_commands.command("list")
@config_option
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in NoticeState]))
@json_option
@answering
def list_notices(config: Path, states: tuple[str, ...], as_json: bool) -> None:
    """Les avis et leur état / the notices and their state."""
    with gateway_of(config) as gateway:
        notices = gateway.notices.list([NoticeState(state) for state in states])
    show([_data(notice) for notice in notices], as_json=as_json, text="\n".join(map(_line, notices)))


@notice_commands.command("show")
@config_option
@click.argument("notice_id")
@json_option
@answering
def show_notice(config: Path, notice_id: str, as_json: bool) -> None:
    """Un avis, ses essais et ce qui reste à faire / one notice, its attempts and what is left to do."""
    with gateway_of(config) as gateway:
        sheet = gateway.notices.sheet(notice_id)
    ways = [asdict(way) for way in sheet.attempts]
    tasks = [asdict(task) for task in sheet.line.tasks]
    lines = [
        _line(sheet.line.notice),
        *(
            f"  {way.channel:<8} {way.state.value:<10} {way.sends:>2} ({way.uncertain})  {way.failure}"
            f"{_PERHAPS if way.state is AttemptState.UNANSWERED else ''}"
            for way in sheet.attempts
        ),
        *(
            f"  {task.kind.value:<8} {from_epoch_ms(task.due_at).isoformat(timespec='minutes')}"
            for task in sheet.line.tasks
        ),
    ]
    data = {**_data(sheet.line.notice), "attempts_made": ways, "tasks": tasks, "told_with": list(sheet.told_with)}
    show(data, as_json=as_json, text="\n".join(lines))


@notice_commands.command("reports")
@config_option
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@answering
def read_reports(config: Path, folder: Path, as_json: bool) -> None:
    """Lire des rapports de remise (Maildir, ou dossier de mails) / read reports of delivery (Maildir, or mails)."""
    with gateway_of(config) as gateway:
        reports = ReportFolder(folder, database=gateway.database, world=gateway.world, deliveries=gateway.deliveries)
        done = reports.read_new(most=None) if (folder / "new").is_dir() else reports.read_all()
    text = "\n".join(f"{number:>6}  {word:<12} {say(*_REPORTS[word])}" for word, number in sorted(done.items()))
    show(dict(done), as_json=as_json, text=text or say("Aucun mail.", "No mail."))


def _change(name: str, help_text: str, act: Callable[[Gateway], Callable[..., Notice]]) -> None:
    @notice_commands.command(name, help=help_text)
    @config_option
    @click.argument("notice_id")
    @click.option("--reason", required=True, help="Pourquoi, pour le journal / why, for the record.")
    @click.option("--by", default=getpass.getuser, show_default="login", help="Qui / who.")
    @json_option
    @answering
    def change(config: Path, notice_id: str, reason: str, by: str, as_json: bool) -> None:
        with gateway_of(config) as gateway:
            _answer(act(gateway)(notice_id, reason=reason, by=f"operator:{by}"), as_json=as_json)


_change("retry", "Réessayer maintenant / try again now.", lambda gateway: gateway.notices.retry)
_change("hold", "Retenir / hold back.", lambda gateway: gateway.notices.hold)
_change("release", "Laisser partir / release.", lambda gateway: gateway.notices.release)
_change("close", "Clore : personne à prévenir / close: nobody to tell.", lambda gateway: gateway.notices.close)
_change("bedside", "Dit avant la sortie / told before they left.", lambda gateway: gateway.notices.told_at_bedside)
_change("hand-over", "Remis en main propre / handed over in person.", lambda gateway: gateway.notices.hand_over)


def _answer(notice: Notice, *, as_json: bool) -> None:
    show(_data(notice), as_json=as_json, text=_line(notice))


def _data(notice: Notice) -> dict[str, Any]:
    """Without the code: it opens the landing page."""
    data = asdict(notice)
    data.pop("code", None)
    return data


def _line(notice: Notice) -> str:
    return (
        f"{notice.id}  {notice.state.value:<8} {notice.recipient.value:<17} {notice.attempts:>2}  {notice.kind.value}"
    )
