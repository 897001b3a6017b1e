"""Patients owns the question "who is it about?": the INS, identity traits and status, the patient's own settings, and
the directory. It must never pick one of two homonyms silently, nor read anything of a dossier.
"""
