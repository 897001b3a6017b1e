"""`gateway audit rotate`: change the key that signs the log, by an entry the old and the new key both sign."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from audit import AuditError, Signer
from gateway.commands.answers import NO, answering, config_option, gateway_of, json_option, say, show, stop


@click.command("rotate")
@config_option
@click.option(
    "--new-key",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Fichier de la nouvelle clé, créé s'il manque / file of the new key, made if it is not there.",
)
@json_option
@answering
def rotate(config: Path, new_key: Path, as_json: bool) -> None:
    """Changer la clé du journal, signé par les deux / change the log's key, signed by both."""
    with gateway_of(config) as gateway:
        old = gateway.sequencing.verifier_key
        try:
            signer = _signer(new_key, gateway.log.origin, gateway.world.random_bytes)
            head = gateway.sequencing.rotate(signer)
        except (OSError, AuditError) as error:
            stop(NO, say("La clé n'a pas été changée : ", "The key was not changed: ") + str(error))
    new = str(signer.verifier)
    text = say(
        f"La clé a été changée (tête de {head.size} entrées, signée par les deux).\n"
        f"Ancienne : {old}\nNouvelle : {new}\n"
        f"Mettez maintenant record.signing_key_file = {new_key} et redémarrez : d'ici là rien n'est scellé.",
        f"The key was changed (head of {head.size} entries, signed by both).\nOld: {old}\nNew: {new}\n"
        f"Now set record.signing_key_file = {new_key} and restart: until then nothing is sealed.",
    )
    show({"old": old, "new": new, "size": head.size, "origin": head.origin}, as_json=as_json, text=text)


def _signer(file: Path, origin: str, random: Callable[[int], bytes]) -> Signer:
    """The key in the file; a fresh one, written there for its owner alone, where there is no file."""
    if file.exists():
        return Signer(file.read_text(encoding="utf-8"))
    signer = Signer.from_seed(origin, random(32))
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(signer.private_text() + "\n")
    return signer
