"""The record in other people's formats: FHIR AuditEvent (IHE BALP), ATNA messages, CSV and Parquet.

It reads the record and never writes to it but to say that it was read. It must never put a token, or more of a person
than the format asks for, into what it gives out.
"""
