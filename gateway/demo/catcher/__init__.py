"""The demo's catcher: a real SMTP server on loopback that keeps every mail and delivers none. It must never listen
elsewhere, nor be part of anything but the demo.
"""
