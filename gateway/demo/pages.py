"""The demo's own pages: who can be played, what can be tried, and what was caught on its way out."""

from flask import Flask, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.personas import PERSONAS, persona_named
from gateway.demo.provider.app import EXPECTED_PERSONA_COOKIE, MOUNT
from gateway.settings import Settings

# Following a persona's link is becoming somebody else: the browser forgets who it was (the session ends by itself).
SESSION_COOKIE = "session"


def create_demo_pages(settings: Settings, mailbox: Mailbox) -> Flask:
    """The pages under `/demo`."""
    app = Flask(__name__, static_folder="static", template_folder="templates")

    @app.get("/")
    def index() -> str:
        people = [persona for persona in PERSONAS if persona.kind != "client"]
        return render_template(
            "demo.html", language=_language(), hospital=settings.hospital, personas=people, scenarios=SCENARIOS
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
        return render_template("mail.html", language=_language(), mails=mailbox.newest())

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; base-uri 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _landing(roles: tuple[str, ...]) -> str:
    if "it" in roles:
        return "/it"
    return "/dpo" if "dpo" in roles else "/"


def _language() -> str:
    asked = request.args.get("lang") or request.accept_languages.best_match(["fr", "en"]) or "fr"
    return "en" if asked == "en" else "fr"
