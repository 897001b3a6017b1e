"""What a legal representative may know of: whatever tells them, and whatever they look at, asks here, so that what they
see is what they were told.

An act a minor hid from their representatives (CSP R1111-50) leaves no trace of the whole stay in which it was read: an
access of the same hours tells of a child who came, and the secret of L1111-5 covers the coming. What they may know of
is settled for good at the instant an access is over, by what was read in its stay until then: it appears then or never,
and nothing that was shown vanishes. Until then nobody knows which it will be, and they are told nothing.

From 15 a minor who could answer answers for themselves (loi 78-17, article 45; L1111-5): of the accesses from that
birthday on the representatives know of a bris de glace alone, as they are told of no other. Those before it they read.
"""

from datetime import date

from gateway.paris import start_of

ALONE_FROM_YEARS = 15
# When an access is over, or will be at the latest (epoch ms); `{g}` is a row of `access_grant`.
OVER_AT = """(CASE WHEN {g}.ended_at IS NOT NULL AND {g}.ended_at < {g}.expires_at
    THEN {g}.ended_at ELSE {g}.expires_at END)"""
# An act hidden from the representatives was read before then, in this access or in any of the same stay.
HIDDEN_ACT_READ = f"""EXISTS (SELECT 1 FROM document_opening act JOIN access_grant stay ON stay.id = act.grant_id
    WHERE act.hidden_from IN ('representatives', 'both') AND act.opened_at <= {OVER_AT}
    AND stay.patient_id = {{g}}.patient_id
    AND (stay.id = {{g}}.id OR (stay.episode_id <> '' AND stay.episode_id = {{g}}.episode_id)))"""  # noqa: S608
# What representatives may know of at `:now`; `:alone_from` is `alone_from` of the patient.
KNOWN_TO_REPRESENTATIVES = f"""({OVER_AT} <= :now AND ({{g}}.mode = 'break_glass' OR {{g}}.opened_at < :alone_from)
    AND NOT {HIDDEN_ACT_READ})"""
NEVER = 2**53 - 1


def alone_from(birth_date: str) -> int:
    """The instant (epoch ms) from which a minor answers alone; `NEVER` of a date that cannot be read."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return NEVER
    year = born.year + ALONE_FROM_YEARS
    return start_of(date(year, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=year))
