"""The emergency summary: many documents in, one page in the order of the bedside out.

It owns how entries are gathered, merged and contradicted. It must never fetch, decide, or hide: what could not be
summarised is named, and "none known" is said only where a document says so.
"""
