"""For which kind of person an address is: patients have their own sign-in, words and look."""

from gateway.web.parts import Person


def audience_of(path: str) -> Person:
    """`patient` for the portal and the notices' pages, `staff` for all others (`/patients/…` among them)."""
    return "patient" if path == "/patient" or path.startswith(("/patient/", "/n/")) else "staff"
