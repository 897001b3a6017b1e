"""The demo: an invented hospital, a provider that lets anybody be anybody, a catcher of mail, and pages about them. It
must never run outside the demo's configuration, and nothing below the commands may know that it exists.
"""
