"""`gateway witness init`, `trust`, `show` and `serve`: cosign another hospital's log."""

import signal
import threading
from pathlib import Path

import click

from audit import AuditError, Verifier
from gateway.commands.answers import NO, UNAVAILABLE, USAGE, answering, json_option, say, show, stop
from gateway.witness.app import create_witness
from gateway.witness.cosigning import Cosigning
from gateway.witness.founding import CONFIGURATION_FILE, found_witness
from gateway.witness.logs import read_logs, trust_log
from gateway.witness.serving import WitnessServer
from gateway.witness.settings import load_witness_settings
from gateway.world import real_world

CONFIG_VARIABLE = "GATEWAY_WITNESS_CONFIG"
_CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    envvar=CONFIG_VARIABLE,
    required=True,
    help="Configuration TOML du témoin / TOML configuration of the witness.",
)


@click.group("witness")
def witness_commands() -> None:
    """Témoin du journal d'un autre hôpital / a witness for another hospital's log."""


@witness_commands.command("init")
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--name", required=True, help="p. ex. / e.g. hopital.example/temoin")
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True)
@json_option
@answering
def init(folder: Path, name: str, port: int, as_json: bool) -> None:
    """Fonder un témoin dans un dossier / found a witness in a folder."""
    if (folder / CONFIGURATION_FILE).exists():
        stop(NO, say(f"Il y a déjà un témoin dans {folder}.", f"There is a witness in {folder} already."))
    try:
        vkey = str(found_witness(folder, name, port, real_world().random_bytes).verifier)
    except (OSError, AuditError) as error:
        stop(USAGE, say("Le témoin n'a pas été fondé : ", "The witness was not founded: ") + str(error))
    config = folder / CONFIGURATION_FILE
    trust_it, serve_it = (f"gateway witness {name} --config {config}" for name in ("trust", "serve"))
    text = say(
        f"Témoin fondé. Clé publique, à donner aux hôpitaux dont il signera le journal :\n  {vkey}\n"
        f"Ensuite : {trust_it} CLE_DU_JOURNAL\nPuis : {serve_it}",
        f"Witness founded. Its public key, for the hospitals whose log it will cosign:\n  {vkey}\n"
        f"Next: {trust_it} LOG_KEY\nThen: {serve_it}",
    )
    show({"vkey": vkey, "config": str(config)}, as_json=as_json, text=text)


@witness_commands.command("trust")
@_CONFIG
@click.argument("vkey")
@json_option
@answering
def trust(config: Path, vkey: str, as_json: bool) -> None:
    """Accepter de signer un journal, par sa clé publique / accept to cosign a log, by its public key. Comparez la clé
    par téléphone / compare the key by telephone."""
    settings = load_witness_settings(config)
    try:
        log = Verifier(vkey)
        new = trust_log(settings.logs_file, log)
    except (OSError, AuditError) as error:
        stop(USAGE, say("Ce n'est pas la clé d'un journal : ", "Not the key of a log: ") + str(error))
    word = say("Ajouté : ", "Added: ") if new else say("Déjà là : ", "There already: ")
    show({"log": str(log), "new": new}, as_json=as_json, text=word + str(log))


@witness_commands.command("show")
@_CONFIG
@json_option
@answering
def show_state(config: Path, as_json: bool) -> None:
    """La clé, les journaux suivis, la dernière tête de chacun / the key, the logs, the last head of each. Code 1 si un
    journal a deux histoires / exit code 1 when a log has two histories."""
    settings = load_witness_settings(config)
    cosigning = Cosigning(settings, real_world())
    known, evidence = cosigning.state.known(), cosigning.state.evidence()
    answer = {
        "vkey": cosigning.vkey,
        "trusted": [str(log) for log in read_logs(settings.logs_file)],
        "heads": [{"origin": one.origin, "size": one.size, "time": one.time, "note": one.note} for one in known],
        "evidence": [{"origin": origin, "contradicts": note, "cosigned": seen} for origin, note, seen in evidence],
    }
    lines = [say("Clé : ", "Key: ") + cosigning.vkey, *(f"{one.origin}  {one.size:>10}" for one in known)]
    for origin, note, seen in evidence:
        alarm = say("DEUX HISTOIRES, signées par ", "TWO HISTORIES, signed by ")
        lines.append(f"{alarm}{origin}\n{seen}\n{note}")
    show(answer, as_json=as_json, text="\n".join(lines))
    if evidence:
        raise SystemExit(NO)


@witness_commands.command("serve")
@_CONFIG
@answering
def serve(config: Path) -> None:
    """Répondre aux journaux / answer the logs."""
    settings = load_witness_settings(config)
    try:
        server = WitnessServer(create_witness(Cosigning(settings, real_world()), settings), settings)
    except OSError as error:
        stop(UNAVAILABLE, say("Le port ne s'ouvre pas : ", "The port cannot be opened: ") + str(error))
    for name in (signal.SIGINT, signal.SIGTERM):
        # From another thread: `shutdown` waits for the loop that this signal has interrupted.
        signal.signal(name, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    click.echo(say("Témoin à l'écoute : ", "Witness listening: ") + f"http://{settings.host}:{server.server_port}")
    server.serve_forever()
    server.server_close()
