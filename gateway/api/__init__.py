"""Api owns the doors for the hospital's own software: JSON under `/api/v1` and FHIR R4 under `/fhir`.

It turns a request into a call of the same use cases the pages call, and an answer or an error into the words of the
outer contract. It must never decide, never read a cookie, never reach a store, and never let an INS, a name or a token
into a line of the technical log.
"""

from gateway.api.app import create_api

__all__ = ["create_api"]
