"""Reviews owns the case of every emergency access: what is unusual about it and why, what the reviewers decided, what
the reader explained, what the patient contests. It must never lose a case, nor let anyone judge their own access.
"""
