"""Access owns the use cases: find a patient, open a dossier, read a document, extend, end, and what the patient sees of
it. It opens the transactions, asks the rules, and appends the audit entry last. It must never release a byte whose
entry is not durable, nor record a refusal by raising.
"""
