"""The completeness check: derives the whole tree again from the entries, and holds every grant, request, document and
notice to its entries and every entry to them. It only reads, in one snapshot, and must never mend what it finds."""
