"""The witness over HTTP (c2sp.org/tlog-witness): `POST /add-checkpoint`, and its public key at `/`."""

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from gateway.errors import GatewayError
from gateway.witness.cosigning import Cosigning
from gateway.witness.settings import WitnessSettings

TEXT = "text/plain; charset=utf-8"


def create_witness(cosigning: Cosigning, settings: WitnessSettings) -> Flask:
    """The WSGI application of one witness."""
    app = Flask("gateway.witness", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        try:
            body = request.get_data(cache=False).decode("utf-8")
        except UnicodeDecodeError:
            return _text(400, "the body is not UTF-8\n")
        answer = cosigning.add_checkpoint(body)
        return _text(answer.status, answer.body, answer.content_type)

    @app.get("/")
    def key() -> Response:
        return _text(200, f"{cosigning.vkey}\n")

    @app.get("/healthz")
    def alive() -> Response:
        return _text(200, "ok\n")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return _text(error.code or 500, f"{error.name}\n".lower())

    @app.errorhandler(GatewayError)
    def unable(error: GatewayError) -> Response:
        structlog.get_logger("gateway.witness").error("cannot-answer", error=type(error).__name__, detail=str(error))
        return _text(503, "the witness cannot answer now\n")

    return app


def _text(status: int, body: str, content_type: str = TEXT) -> Response:
    # content_type, not mimetype: text/x.tlog.size stands alone, without a charset.
    answer = Response(body, status, content_type=content_type)
    answer.headers["Cache-Control"] = "no-store"
    return answer
