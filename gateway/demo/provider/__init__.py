"""The demo's OpenID provider: a real one on Authlib's AuthorizationServer, whose users are the personas. It must never
run outside the demo's configuration, nor know anything of the gateway but its settings: it stands for the hospital's.
"""
