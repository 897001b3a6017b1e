"""The versions: all of them with who did what when, and one with its files, its rules and what may be done with it."""

from flask import Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import NotFound
from gateway.rulebook.versions import Version
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.grid import text_of
from gateway.web.parts import gateway
from gateway.web.session import staff


def add_versions(app: Flask) -> None:
    """Under `/it/versions`; a version is named by its number."""
    base = "/it/versions"
    app.add_url_rule(base, view_func=versions_page)
    app.add_url_rule(f"{base}/<number>", view_func=version_page)
    app.add_url_rule(f"{base}/<number>/files/<path:path>", view_func=version_file)


@entrance(Entrance.RULES)
def versions_page() -> ResponseReturnValue:
    """Every version and every activation, newest first."""
    publishing = gateway().publishing
    return render_template(
        "it/versions.html",
        versions=publishing.versions(),
        history=publishing.history(),
        in_force=publishing.in_force(),
    )


@entrance(Entrance.RULES)
def version_page(number: str) -> ResponseReturnValue:
    """One version: its story, its files, and the steps open to whoever looks."""
    publishing = gateway().publishing
    version = version_numbered(number)
    history = [one for one in publishing.history() if one.number == version.number]
    return render_template(
        "it/version.html",
        version=version,
        files=publishing.files(str(version.number)),
        history=history,
        scheduled=[one for one in history if one.turn == 0 and one.cancelled_at is None],
        in_force=publishing.in_force(),
        proof=publishing.stored_proof(version.number),
        may_approve=may_approve(version),
        own=staff().key in {one.key for one in version.authors},
    )


@entrance(Entrance.RULES)
def version_file(number: str, path: str) -> ResponseReturnValue:
    """A file of a version, to read. Raises `NotFound` (also when the version holds none of that name)."""
    version = version_numbered(number)
    content = gateway().publishing.files(str(version.number)).get(path)
    if content is None:
        raise NotFound("the version holds no such file")
    back = url_for("version_page", number=version.number)
    return render_template("it/file.html", path=path, text=text_of(content), version=version, back=back)


def version_numbered(number: str) -> Version:
    """The version of the address. Raises `NotFound`."""
    if not number.isascii() or not number.isdigit():
        raise NotFound("a version is named by its number")
    return gateway().publishing.version(number)


def may_approve(version: Version) -> bool:
    """Whether the person signed in could still give one of the approvals it lacks."""
    person = staff()
    waiting = version.state == "staged" and bool(person.roles & set(version.lacking))
    return waiting and person.key not in {one.key for one in version.authors}
