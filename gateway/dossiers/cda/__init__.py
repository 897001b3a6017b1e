"""Reading HL7 CDA R2 as France writes it (CI-SIS volet structuration minimale; N1 = a wrapped file, N3 = structured).

It owns parsing without entity, network or size surprises, the header, and the body's sections, entries and narrative.
It must never trust the document: no DTD is read, no address is followed, and what it cannot read it names.
"""
