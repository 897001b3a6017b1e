"""Who acts on the rules: a member of staff, or the console account of the night the identity provider is down."""

from dataclasses import dataclass, field

from gateway.identity.staff_member import StaffMember

CONSOLE = "console:"


@dataclass(frozen=True, slots=True)
class ConsoleAccount:
    """Whoever holds a shell on the gateway's machine: `login` is its account there, not a person the hospital vouches
    for. It may stage, activate and roll back, each recorded as such; it approves nothing."""

    login: str
    roles: frozenset[str] = field(default=frozenset({"it"}))

    @property
    def key(self) -> str:
        """`console:<login>`, never a key of the provider's people."""
        return (CONSOLE + self.login)[:200]

    @property
    def name(self) -> str:
        """How the account is shown."""
        return self.key


Person = StaffMember | ConsoleAccount


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody as kept beside what they did: `key` is `StaffMember.key` or `ConsoleAccount.key`."""

    key: str
    name: str


def who(person: Person) -> Who:
    """The person, as kept."""
    return Who(person.key, person.name)
