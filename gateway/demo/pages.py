"""The demo's own pages: who can be played, what can be tried, and what was caught on its way out."""

from datetime import UTC, datetime

from babel.dates import format_datetime
from flask import Flask, abort, redirect, render_template, request, send_file
from werkzeug.wrappers import Response

from gateway.demo.caught import CaughtMessages
from gateway.demo.hospital.reach import REACH_WORDS
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.personas import PERSONAS, persona_named
from gateway.demo.provider.app import EXPECTED_PERSONA_COOKIE, MOUNT
from gateway.paris import PARIS
from gateway.settings import Settings

# Following a persona's link is becoming somebody else: the browser forgets who it was (the session ends by itself).
SESSION_COOKIE = "session"


def create_demo_pages(settings: Settings, caught: CaughtMessages) -> Flask:
    """The pages under `/demo`."""
    app = Flask(__name__, static_folder="static", template_folder="templates")

    @app.get("/")
    def index() -> str:
        people = [persona for persona in PERSONAS if persona.kind != "client"]
        return render_template(
            "demo.html",
            language=_language(),
            hospital=settings.hospital,
            personas=people,
            scenarios=SCENARIOS,
            reach=REACH_WORDS,
        )

    @app.get("/as/<name>")
    def play(name: str) -> Response:
        persona = persona_named(name)
        if persona is None or persona.kind == "client":
            abort(404)
        response = redirect("/patient" if persona.kind == "patient" else _landing(persona.roles), 303)
        response.delete_cookie(SESSION_COOKIE, path="/")
        response.set_cookie(EXPECTED_PERSONA_COOKIE, name, path=MOUNT, httponly=True, samesite="Lax", max_age=600)
        return response

    @app.get("/mail")
    def mail() -> str:
        language = _language()
        return render_template(
            "mail.html", language=language, caught=caught.newest(), when=lambda at: _when(at, language)
        )

    @app.get("/letters/<batch>/<file>")
    def letter(batch: str, file: str) -> Response:
        found = caught.letter(batch, file)
        if found is None:
            abort(404)
        return send_file(found, mimetype="application/pdf", max_age=0)

    @app.after_request
    def harden(response: Response) -> Response:
        if response.mimetype != "application/pdf":  # a browser's own PDF reader is a page with styles of its own
            response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; base-uri 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _landing(roles: tuple[str, ...]) -> str:
    if "it" in roles:
        return "/it"
    return "/dpo" if "dpo" in roles else "/"


def _when(at: int, language: str) -> str:
    moment = datetime.fromtimestamp(at / 1000, tz=UTC)
    return format_datetime(moment, "d MMM, HH:mm:ss", tzinfo=PARIS, locale=language)


def _language() -> str:
    asked = request.args.get("lang") or request.accept_languages.best_match(["fr", "en"]) or "fr"
    return "en" if asked == "en" else "fr"
