"""`gateway audit grants`: the least rights of each PostgreSQL role, to be read first and then applied."""

from pathlib import Path

import click

from gateway.commands.answers import USAGE, answering, config_option, json_option, say, show, stop
from gateway.settings import load_settings
from gateway.storage.migrating import execute
from gateway.storage.rights import Roles, grants


@click.command("grants")
@config_option
@click.option("--gateway", "gateway_role", required=True, help="Rôle de « gateway serve » / role of `gateway serve`.")
@click.option("--worker", help="Rôle de « gateway work » / role of `gateway work`; sinon/else --gateway.")
@click.option("--eraser", help="Rôle qui efface / role that erases; sinon/else --worker.")
@click.option(
    "--apply", "applied", is_flag=True, help="Les donner, en propriétaire des tables / give them, as the owner."
)
@json_option
@answering
def audit_grants(
    config: Path, gateway_role: str, worker: str | None, eraser: str | None, applied: bool, as_json: bool
) -> None:
    """Droits des rôles PostgreSQL : n'insérer que / rights of the PostgreSQL roles: insert only."""
    url = load_settings(config).settings.database.url
    if url.startswith("sqlite"):
        stop(USAGE, say("SQLite n'a pas de rôles.", "SQLite has no roles."))
    worker = worker or gateway_role
    statements = list(grants(Roles(gateway=gateway_role, worker=worker, eraser=eraser or worker)))
    if applied:
        execute(url, statements)
    show({"statements": statements, "applied": applied}, as_json=as_json, text=";\n".join(statements) + ";")
