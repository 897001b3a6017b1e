"""Oversight owns what the DPO and IT watch: the latest accesses, the rules in force, alerts, the state of the parts. It
must never change what it shows, and opening the log is itself logged.
"""
