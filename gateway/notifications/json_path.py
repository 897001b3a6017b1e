"""One member of somebody else's JSON, named by a dotted path: `messages.0.id`."""

from collections.abc import Mapping


def at_path(members: object, path: str) -> object:
    """The member at `path` (names, and numbers into lists), or None where there is none. An empty path is none."""
    if not path:
        return None
    for step in path.split("."):
        if isinstance(members, Mapping):
            members = members.get(step)
        elif isinstance(members, list) and step.isascii() and step.isdigit() and int(step) < len(members):
            members = members[int(step)]
        else:
            return None
    return members
