"""A witness for another hospital's log (C2SP tlog-witness): cosigns a head only if it extends the last one it saw.

A program of its own with its own key and its own small store; it knows nothing of dossiers, rules or patients.
"""
