"""A patient's own mailbox in Mon espace santé, reached in the MSSanté trusted space under their INS."""

from datetime import date

ADULT_AT_YEARS = 18
QUALIFIED = "QUAL"


def mailbox_address(form: str, *, ins: str | None, identity_status: str, birth_date: str, today: date) -> str:
    """The address by `form` (`notifications.mssante.address_form`), or "" where there is none to write to.

    Only a qualified identity has one: an INS that is not the person's own would tell a stranger. Never a minor's: their
    Mon espace santé is opened by the legal representatives (CSP R1111-50). `birth_date` is ISO. The address holds the
    INS: it is for the carrier alone, never for a log.
    """
    if not form or not ins or identity_status != QUALIFIED or not is_adult(birth_date, today):
        return ""
    return form.replace("{ins}", ins)


def is_adult(birth_date: str, today: date) -> bool:
    """Whether the person is of age today; a date that cannot be read proves no majority."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return False
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years >= ADULT_AT_YEARS
