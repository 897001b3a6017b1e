"""The demo provider's pages and endpoints, to be mounted at `/demo-idp` beside the gateway."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from flask import Flask, Response, jsonify, render_template, request

from gateway.demo.personas import PERSONAS, persona_named
from gateway.demo.provider.clients import demo_clients
from gateway.demo.provider.codes import Codes, SignedInPersona
from gateway.demo.provider.grants import ALGORITHM, GRANTS, ProviderIssuer, ProviderParts, create_server
from gateway.demo.provider.persona_claims import ONE_FACTOR, TWO_FACTORS
from gateway.demo.provider.signing_keys import load_or_make_keys
from gateway.demo.provider.userinfo import userinfo_claims
from gateway.demo.provider.wording import LANGUAGES, WORDS
from gateway.errors import ConfigurationError, NotSignedIn, SettingFault
from gateway.settings import Settings
from gateway.world import World

MOUNT = "/demo-idp"
MOST_BODY_BYTES = 64 * 1024
EXPECTED_PERSONA_COOKIE = "demo_persona"


def create_demo_provider(settings: Settings, world: World, key_folder: Path) -> Flask:
    """The provider of the demo, its signing key in `key_folder`; its issuer is `server.base_url` + `/demo-idp`.

    Raises `ConfigurationError` unless the profile is the demo's: it lets anybody be anybody.
    """
    if settings.profile != "demo":
        raise ConfigurationError((SettingFault("profile", "the demo provider runs in the demo profile only"),))
    base_url = settings.server.base_url.rstrip("/")
    parts = ProviderParts(
        issuer=base_url + MOUNT,
        audience=settings.identity.bearer.audience,
        keys=load_or_make_keys(key_folder),
        clients=demo_clients(base_url),
        codes=Codes(lambda: world.epoch_ms() // 1000),
        world=world,
    )
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    server = create_server(parts)
    app.extensions["demo_provider"] = parts
    _add_metadata(app, parts)
    _add_sign_in(app, server, parts)
    _add_tokens(app, server, parts)
    _add_sign_out(app, server)
    _add_headers(app, parts)
    return app


def _add_metadata(app: Flask, parts: ProviderParts) -> None:
    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return jsonify(
            issuer=parts.issuer,
            authorization_endpoint=f"{parts.issuer}/authorize",
            token_endpoint=f"{parts.issuer}/token",
            userinfo_endpoint=f"{parts.issuer}/userinfo",
            jwks_uri=f"{parts.issuer}/jwks",
            end_session_endpoint=f"{parts.issuer}/end_session",
            response_types_supported=["code"],
            response_modes_supported=["query"],
            grant_types_supported=list(GRANTS),
            subject_types_supported=["public"],
            scopes_supported=["openid", "profile"],
            id_token_signing_alg_values_supported=[ALGORITHM],
            token_endpoint_auth_methods_supported=["client_secret_basic", "none"],
            code_challenge_methods_supported=["S256"],
            authorization_response_iss_parameter_supported=True,
            ui_locales_supported=list(LANGUAGES),
        )

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify(parts.keys.as_dict(private=False))


def _add_sign_in(app: Flask, server: AuthorizationServer, parts: ProviderParts) -> None:
    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        try:
            grant = server.get_consent_grant()
        except OAuth2Error as error:
            response = server.handle_error_response(None, error)
            ProviderIssuer(parts.issuer).add_issuer_parameter(server, response)
            return response
        if request.method == "GET":
            return _sign_in_page(grant.request.client.personas)
        chosen = persona_named(request.form.get("persona", ""))
        if "cancel" in request.form:
            return server.create_authorization_response(grant_user=None, grant=grant)
        if chosen is None or chosen.kind != grant.request.client.personas:
            return _sign_in_page(grant.request.client.personas, unknown=True), 400
        amr = ONE_FACTOR if request.form.get("one_factor") else TWO_FACTORS
        user = SignedInPersona(persona=chosen, amr=amr, auth_time=parts.now())
        return server.create_authorization_response(grant_user=user, grant=grant)


def _sign_in_page(kind: str, *, unknown: bool = False) -> str:
    language = _language()
    # The persona whose link was followed on the demo's page comes first and has the focus.
    expected = request.cookies.get(EXPECTED_PERSONA_COOKIE, "")
    listed = [persona for persona in PERSONAS if persona.kind == kind]
    return render_template(
        "sign_in.html",
        language=language,
        words=WORDS[language],
        personas=sorted(listed, key=lambda persona: persona.name != expected),
        expected=expected,
        unknown=unknown,
    )


def _add_tokens(app: Flask, server: AuthorizationServer, parts: ProviderParts) -> None:
    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.route("/userinfo", methods=["GET", "POST"])
    def userinfo() -> Any:
        try:
            return jsonify(userinfo_claims(parts, request.headers.get("Authorization", "")))
        except NotSignedIn:
            return Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _add_sign_out(app: Flask, server: AuthorizationServer) -> None:
    @app.route("/end_session", methods=["GET", "POST"])
    def end_session() -> Any:
        redirection = server.create_endpoint_response("end_session")
        language = _language()
        return redirection or render_template("signed_out.html", language=language, words=WORDS[language])


def _add_headers(app: Flask, parts: ProviderParts) -> None:
    # The form's answer is a redirection to a client: browsers hold that, too, against form-action.
    addresses = [urlsplit(uri) for client in parts.clients.values() for uri in client.redirect_uris]
    targets = " ".join(sorted({f"{address.scheme}://{address.netloc}" for address in addresses}))
    policy = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {targets}; base-uri 'none'; frame-ancestors 'none'"
    )

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response


def _language() -> str:
    asked = request.args.get("ui_locales", "").split()
    chosen = next((word[:2] for word in asked if word[:2] in LANGUAGES), None)
    return chosen or request.accept_languages.best_match(LANGUAGES, default="fr") or "fr"
