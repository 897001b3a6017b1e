"""Admissions owns the question "is the patient here?": the episodes of care the hospital's own feed tells of, and
today's list of a unit. It must never decide what an episode permits, nor hold anything of a dossier.
"""
