"""Identity owns the question "who is asking?": OpenID Connect sign-in, sessions, bearer tokens, and the mapping of the
provider's claims to a `StaffMember`. It must never decide what that person may do, nor trust a claim it did not verify.
"""
