"""Notifications owns the notice: its texts, its outbox, the courier and the channels. It must never drop one, nor let a
word about health, a professional, a service or the patient's name out of the building.
"""
