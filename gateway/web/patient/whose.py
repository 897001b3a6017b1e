"""Whose record a page is about: the reader's own, or that of somebody they represent. Each page says which."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from flask.typing import ResponseReturnValue

from gateway.errors import NotAllowed, NotFound
from gateway.portal.standing import Person, Right
from gateway.web.language import _
from gateway.web.parts import gateway
from gateway.web.session import holder


@dataclass(frozen=True, slots=True)
class Whose:
    """The person a page is about, its place among the addresses, and everybody the reader may choose."""

    person: Person
    people: tuple[Person, ...]

    @property
    def key(self) -> str:
        """What the portal's calls take."""
        return self.person.whose

    @property
    def root(self) -> str:
        """Where this person's pages begin."""
        return root_of(self.person.whose)

    @property
    def own(self) -> bool:
        """Whether readers look at their own record."""
        return self.person.alone

    @property
    def dossier(self) -> str:
        """`votre dossier`, `le dossier de Sébastien`."""
        return _("votre dossier") if self.own else _("le dossier de %(name)s") % {"name": first_name(self.person)}

    def may(self, right: str) -> bool:
        """Whether the page offers this."""
        return Right(right) in self.person.rights

    def need(self, right: Right) -> None:
        """Raises `NotAllowed`."""
        if right not in self.person.rights:
            raise NotAllowed("no such right over this record")


def add_page(app: Flask, path: str, view: Callable[..., ResponseReturnValue], methods: tuple[str, ...]) -> None:
    """One page under one's own address, and under that of each person one represents."""
    app.add_url_rule(f"/patient{path}", view_func=view, methods=list(methods))
    app.add_url_rule(f"/patient/of/<whose>{path}", view_func=view, methods=list(methods))


def root_of(whose: str) -> str:
    """Where the pages about them begin."""
    return f"/patient/of/{whose}" if whose else "/patient"


def whose_of(whose: str) -> Whose:
    """The person of an address, among those of the reader. Raises `NotFound`."""
    return chosen(gateway().portal.people.people_of(holder()), whose)


def chosen(people: tuple[Person, ...], whose: str) -> Whose:
    """One of these people. Raises `NotFound`."""
    for person in people:
        if person.whose == whose:
            return Whose(person, people)
    raise NotFound("nobody of theirs")


def first_name(person: Person) -> str:
    """How the page calls somebody: `Sébastien`."""
    traits = person.patient.traits
    return (traits.used_given_name or traits.given_names.split(" ")[0]).title()
