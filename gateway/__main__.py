"""`gateway`: every command of the product, in one group."""

import click

from gateway.commands.auditing import audit_commands
from gateway.commands.demo import demo, token
from gateway.commands.letters import letter_commands
from gateway.commands.notices import notice_commands
from gateway.commands.patients import patient_commands
from gateway.commands.policies import rules_commands
from gateway.commands.reviews import review_commands
from gateway.commands.serving import check, migrate_database, serve, work
from gateway.commands.usage_words import SpeakingGroup
from gateway.commands.witnessing import witness_commands


@click.group(cls=SpeakingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="emergency-access-gateway")
def main() -> None:
    """Accès en urgence au dossier médical partagé / emergency access to the shared medical record."""


for command in (
    serve,
    work,
    migrate_database,
    check,
    demo,
    token,
    audit_commands,
    patient_commands,
    notice_commands,
    letter_commands,
    review_commands,
    rules_commands,
    witness_commands,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
