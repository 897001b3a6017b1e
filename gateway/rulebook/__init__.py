"""The versions of the rules: drafts, their checks, approvals and activation, and the version in force in this process.

It owns who may change the rules and how; `policies` owns what a rule means. It must never put a version in force that
was not checked and approved by a second person, and never leave the gateway without the last good one.
"""
