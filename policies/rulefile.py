"""A Cedar file cut into its rules, each with its line and its own text, so that one bad rule hides no other fault."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|;|[^/";]+|.', re.DOTALL)
_EFFECT = re.compile(r"\b(permit|forbid)\s*\(")


@dataclass(frozen=True, slots=True)
class RuleText:
    """One statement as written. `line` is 1-based and points at its first annotation or effect."""

    file: str
    line: int
    text: str
    complete: bool  # ends in a semicolon

    def line_of(self, word: str) -> int:
        """The line where `word` stands in the rule, the first of several; the rule's own line when it does not."""
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.text) if word else None
        place = found.start() if found else self.text.find(word) if word else -1
        return self.line + self.text[: max(place, 0)].count("\n")


def split_rules(file: str, text: str) -> list[RuleText]:
    """Cut at each semicolon outside strings and comments (Cedar has no other use for one)."""
    rules: list[RuleText] = []
    start, position = 0, 0
    for token in _TOKEN.finditer(text):
        position = token.end()
        if token.group() == ";":
            rules.append(_trimmed(file, text, start, position, complete=True))
            start = position
    rest = _trimmed(file, text, start, len(text), complete=False)
    return [*rules, rest] if rest.text else rules


def _trimmed(file: str, text: str, start: int, end: int, *, complete: bool) -> RuleText:
    """The statement without the blank lines and comments before it."""
    position = start
    while match := re.compile(r"\s+|//[^\n]*").match(text, position, end):
        position = match.end()
    return RuleText(file, text[:position].count("\n") + 1, text[position:end], complete)


_CLOSES = {"(": ")", "[": "]", "{": "}"}


def unbalanced(rule: RuleText) -> tuple[int, str, str] | None:
    """(line, the mark at fault, the mark expected) of the first bracket or quote without its other half."""
    open_marks: list[tuple[str, int]] = []
    line = rule.line
    for token in re.finditer(r'//[^\n]*|"(?:\\.|[^"\\])*"|.', rule.text, re.DOTALL):
        mark = token.group()
        if mark == '"':
            return line, mark, mark
        if mark in _CLOSES:
            open_marks.append((mark, line))
        elif mark in _CLOSES.values():
            opened, _ = open_marks.pop() if open_marks else ("", 0)
            if _CLOSES.get(opened, "") != mark:
                return line, mark, _CLOSES.get(opened, "")
        line += mark.count("\n")
    return (open_marks[-1][1], open_marks[-1][0], _CLOSES[open_marks[-1][0]]) if open_marks else None


def looks_like_two_rules(text: str) -> bool:
    """Whether a statement holds two effects: a semicolon was forgotten between two rules."""
    bare = re.sub(r'//[^\n]*|"(?:\\.|[^"\\])*"', "", text)
    return len(_EFFECT.findall(bare)) > 1
