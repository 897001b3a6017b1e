"""The demo's catcher: a real SMTP server and a real provider of text messages, on loopback, that keep everything and
deliver nothing. They must never listen elsewhere, nor be part of anything but the demo.
"""
