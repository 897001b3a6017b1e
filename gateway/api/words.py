"""The words of one problem, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """HTTP status, FHIR issue type, then title and detail in French and in English."""

    status: int
    issue: str
    title_fr: str
    detail_fr: str
    title_en: str
    detail_en: str

    def title(self, language: str) -> str:
        """The title in `fr` or `en`."""
        return self.title_en if language == "en" else self.title_fr

    def detail(self, language: str) -> str:
        """What to do next in `fr` or `en`."""
        return self.detail_en if language == "en" else self.detail_fr
