"""Finding: one piece of evidence that an agency has to do with a text."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.article_parts import AgencyCredit, AgencyRole

# `AgencyCredit.evidence` holds 200 characters; a snippet says where to look and need not be the sentence.
_SNIPPET_CHARS = 90


class Rule(StrEnum):
    """Which rule found it, strongest first. Source: `research/wire.md` §5.1."""

    PROVIDER = "provider"
    CANONICAL = "canonical"
    DATELINE = "dateline"
    BYLINE = "byline"
    SIGN_OFF = "sign-off"
    WITH_INPUTS = "with-inputs"
    CITED = "cited"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Finding:
    """An agency, its role, the rule, and the words that say so."""

    agency: str
    role: AgencyRole
    rule: Rule
    snippet: str = ""

    def credit(self) -> AgencyCredit:
        """As the article carries it: `dateline:(Agency)`, `provider` without words."""
        snippet = " ".join(self.snippet.split())[:_SNIPPET_CHARS]
        return AgencyCredit(
            agency=self.agency,
            role=self.role,
            evidence=f"{self.rule}:{snippet}" if snippet else str(self.rule),
        )
