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


def page_of_searchset(found: list[dict[str, Any]], base: str, following: str) -> dict[str, Any]:
    """One page of resources, with the address of the next unless `following` is empty. Its total is not counted: that
    would read all that is left at every page."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if following:
        bundle["link"] = [{"relation": "next", "url": following}]
    if found:
        bundle["entry"] = [
            {
                "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in found
        ]
    return bundle
