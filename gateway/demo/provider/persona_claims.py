"""What the demo provider says of a persona: the claims the demo's configuration maps."""

from typing import Any

from gateway.demo.personas import Persona

TWO_FACTORS = ("pwd", "otp")
ONE_FACTOR = ("pwd",)


def persona_claims(persona: Persona) -> dict[str, Any]:
    """Every claim of the persona but `sub`; what is empty is left out."""
    if persona.kind == "patient":
        claims: dict[str, Any] = {
            "family_name": persona.family_name,
            "given_name": persona.given_name,
            "birthdate": persona.birth_date,
            "gender": persona.gender,
        }
    else:
        claims = {
            "name": f"{persona.given_name} {persona.family_name}".strip(),
            "profession": persona.profession,
            "specialty": persona.specialty,
            "category": persona.category,
            "unit": persona.unit,
            "finess": persona.establishment,
            "rpps": persona.rpps,
            "roles": list(persona.roles),
        }
    return {name: value for name, value in claims.items() if value}
