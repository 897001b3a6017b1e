"""Figures owns the counts people would rather look at than read: one question to the database each, one answer that is
drawn, shown as a table and written as CSV alike. It must never name a patient or a reader.
"""
