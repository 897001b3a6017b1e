"""The commands of operations: `gateway serve`, `work`, `check`, and the rest, one file a group. They parse, call and
print; they must never do what no other door can do.
"""
