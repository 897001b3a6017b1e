"""Styles, scripts and icons: the only answers a browser may keep, under addresses that change with their content."""

import hashlib
from pathlib import Path

from flask import Flask, current_app, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from gateway.web.entrance import Entrance, entrance

FOLDER = Path(__file__).parent / "static"
_EXTENSION = "gateway.static"
_YEAR_S = 365 * 24 * 3600


def add_static_files(app: Flask) -> None:
    """`/static/<version>/<name>`: one version for the whole folder, so that modules import each other by name."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    app.extensions[_EXTENSION] = digest.hexdigest()[:12]
    app.add_url_rule("/static/<version>/<name>", view_func=static_file)
    app.jinja_env.globals["static"] = static


def static(name: str) -> str:
    """The address of a file for a template."""
    return url_for("static_file", version=current_app.extensions[_EXTENSION], name=name)


@entrance(Entrance.ANYONE)
def static_file(version: str, name: str) -> ResponseReturnValue:
    """A file of the folder; an old version's address still answers, with the present content, unkept."""
    response = send_from_directory(FOLDER, name)
    if version == current_app.extensions[_EXTENSION]:
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response
