"""The FHIR R4 door: the identity of patients, and the IHE MHD reads of documents under an access already open.

It opens no access of its own and lists in its CapabilityStatement only what it really does.
"""
