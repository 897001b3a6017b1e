"""Whatever anybody tries, in whatever order: nothing decides that a second person did not agree to."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.identity.staff_member import StaffMember
from gateway.rulebook.people import ConsoleAccount, Person
from tests.rulebook.conftest import Process, Rulebook, person

_PEOPLE: dict[str, Person] = {
    "ines": person("ines", "it"),
    "karim": person("karim", "it"),
    "odile": person("odile", "dpo"),
    "nora": person("nora", "staff"),
    "root": ConsoleAccount("root"),
}
_STEPS: dict[str, Callable[[Process, Person, str], object]] = {
    "approve": lambda process, somebody, ref: process.publishing.approve(somebody, ref),
    "activate": lambda process, somebody, ref: process.publishing.activate(somebody, ref),
    "rollback": lambda process, somebody, ref: process.publishing.rollback(somebody, ref),
    "back": lambda process, somebody, _: process.publishing.rollback(somebody),
    "start": lambda process, somebody, _: process.publishing.start_draft(somebody, "Essai"),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(_STEPS)), st.sampled_from(sorted(_PEOPLE)), st.sampled_from(["new", "1"])),
        max_size=10,
    ),
)
def test_nothing_decides_that_a_second_person_did_not_agree_to(
    one_rulebook: Rulebook, steps: list[tuple[str, str, str]]
) -> None:
    process = one_rulebook.started[0]
    new = str(one_rulebook.added(process, one_rulebook.still.world.new_id()).number)
    for step, somebody, ref in steps:
        try:
            _STEPS[step](process, _PEOPLE[somebody], new if ref == "new" else ref)
        except GatewayError:
            continue
        finally:
            process.following.look_once()
            deciding = process.publishing.version(str(process.rules.held.number))
            authors = {author.key for author in deciding.authors}
            agreed = {approval.who.key for approval in deciding.approvals if approval.role == "it"}
            assert deciding.number == 1 or agreed - authors
            assert all(isinstance(_by_key(key), StaffMember) for key in agreed)
            assert process.rules.current().digest == deciding.digest


def _by_key(key: str) -> Person:
    return next(somebody for somebody in _PEOPLE.values() if somebody.key == key)
