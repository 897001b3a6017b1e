"""The dossiers' room: stores of documents behind one `DossierConnector`, and the reading of what they hold.

It owns the connectors, the parsing of CDA documents, the emergency summary and the readable page of a document. It
must never decide who may read what, never write to the audit log, never see the session, and never change a document's
bytes.
"""
