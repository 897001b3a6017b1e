"""Who may sign in, at which provider, and for how long."""

from pathlib import Path

from pydantic import Field

from gateway.settings.section import Section


class ClaimSettings(Section):
    """Which claim of the provider's token says what."""

    profession: str = Field("profession", description="Claim with the profession, `system|code` or an object.")
    specialty: str = Field("specialty", description="Claim with the specialty code (1.2.250.1.71.4.2.5).")
    category: str = Field("category", description="Claim with the category: C, E or M.")
    unit: str = Field("unit", description="Claim with the hospital unit code.")
    establishment: str = Field("finess", description="Claim with the FINESS number.")
    rpps: str = Field("rpps", description="Claim with the RPPS number, where there is one.")
    name: str = Field("name", description="Claim with the display name.")
    roles: str = Field("roles", description="Claim with the gateway roles: staff, desk, it, dpo.")
    profession_values: dict[str, str] = Field(
        default_factory=dict, description="The provider's own profession words, each with its `system|code`."
    )
    role_values: dict[str, str] = Field(
        default_factory=dict, description="The provider's own group names, each with its gateway role."
    )
    establishment_default: str = Field(
        "", description="FINESS number of people without that claim; empty: without it they cannot sign in."
    )


class ProviderSettings(Section):
    """One OpenID provider."""

    issuer: str = Field(description="Issuer identifier, exactly as in its tokens.")
    client_id: str = Field(description="Our client id at this provider.")
    client_secret_file: Path | None = Field(None, description="Client secret, where client_secret_basic is used.")
    client_key_file: Path | None = Field(None, description="Private JWK, where private_key_jwt is used.")
    scope: str = Field("openid profile", description="Scopes asked for.")
    algorithms: tuple[str, ...] = Field(("RS256", "ES256"), description="ID-token signature algorithms accepted.")
    two_factor_amr: tuple[str, ...] = Field(
        ("otp", "hwk", "swk", "sms", "mfa", "fpt", "pin", "sc", "face"),
        description="amr values that count as a second factor beside a password (RFC 8176).",
    )
    two_factor_acr: tuple[str, ...] = Field((), description="acr values that mean two factors were used.")
    require_two_factors: bool = Field(True, description="Refuse people who signed in with one factor only.")
    acr_values: str = Field("", description="acr values to ask the provider for, space separated; empty: none.")
    accepted_acr: tuple[str, ...] = Field((), description="acr values accepted, others are refused; empty: any.")
    plain_request: bool = Field(
        False, description="Send neither PKCE nor max_age: FranceConnect refuses a request with what it does not know."
    )
    max_age_seconds: int = Field(43_200, ge=60, description="Oldest authentication accepted, seconds.")
    timeout_seconds: float = Field(5.0, gt=0, le=30, description="Time-out of every call to the provider, seconds.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    proxy: str = Field("", description="HTTP proxy towards the provider, http://host:port; empty: direct.")
    claims: ClaimSettings = Field(default_factory=ClaimSettings, description="Claim names.")


class BearerSettings(Section):
    """Access tokens of the hospital's own software (RFC 9068)."""

    audience: str = Field(description="The `aud` an access token must carry.")
    token_types: tuple[str, ...] = Field(("at+jwt",), description="Accepted `typ` headers.")
    algorithms: tuple[str, ...] = Field(("RS256", "ES256"), description="Signature algorithms accepted.")
    longest_lifetime_seconds: int = Field(3600, ge=60, description="Longest exp - iat accepted, seconds.")
    client_claim: str = Field("client_id", description="Claim naming the client software; `azp` with Keycloak.")
    required_claims: tuple[str, ...] = Field(
        ("jti",), description="Claims a token must carry beside iss, sub, aud, exp, iat and the client's."
    )


class IdentitySettings(Section):
    """Who may sign in, and for how long."""

    staff: ProviderSettings = Field(description="The hospital's provider.")
    patient: ProviderSettings | None = Field(None, description="The patients' provider, e.g. FranceConnect.")
    bearer: BearerSettings = Field(description="Access tokens for the API.")
    idle_minutes: int = Field(30, ge=1, le=720, description="A session unused that long ends, minutes.")
    absolute_hours: int = Field(12, ge=1, le=24, description="A session that old ends, hours.")
