"""Search answers (https://hl7.org/fhir/R4/bundle.html#searchset)."""

from typing import Any


def searchset(found: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """A searchset of (full address, resource). It repeats no query: a self link would hold the patient's identifier."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    if found:
        bundle["entry"] = [
            {"fullUrl": address, "resource": resource, "search": {"mode": "match"}} for address, resource in found
        ]
    return bundle
