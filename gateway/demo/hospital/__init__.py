"""The demo hospital: fictitious patients, their dossiers and admissions, made from one seed and today's date.

It owns the invention and its loading. It must never hold a real person, borrow a published sample, or be reached by
anything but the demo: every matricule carries a test OID, every address and number is in a range nobody has.
"""
