"""Writing the demo's documents: CDA R2 after the French volets (CI-SIS), level 3 for what is structured and level 1
around a PDF. It must never read one: what it writes is read by the dossiers room, and tests hold the two together.
"""
