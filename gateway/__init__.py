"""The emergency-access gateway: a policy enforcement point in front of a patient dossier store.

It signs hospital staff in through the hospital's own identity provider, decides by rules the hospital owns, commits
every decision to a log nobody can rewrite before any byte of the dossier leaves, and tells the patient. It must never
let a document out whose opening is not durable in the log.
"""
