"""The portal owns what patients do themselves: read who opened their dossier, contest, block, choose, or have somebody
at the desk do it for them. It must never show what the law hides from who asks (CSP R1111-50, R1111-53), and never
decide an access: it changes the facts the rules are asked about.
"""
