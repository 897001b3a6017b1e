"""Puts the signed heads where the hospital cannot take them back: witnesses, time-stamps, the DPO's mailbox.

It owns what was anchored where, and when. It must never hold up the record: an anchor that is out of reach is an alert.
"""
