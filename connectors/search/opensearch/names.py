"""What the indices, aliases and templates of one installation are called.

    news-articles-2026.03             alias of one month: what is written to, and read by id
    news-articles-2026.03-000001      the index behind it; a reindex makes -000002 and moves the alias
    news, news-editors                aliases that readers and editors search
    news-settings, news-mappings      component templates
    news-articles                     the index template made of them

`news` is the prefix; installations that share a cluster have one each.
"""

import re
from dataclasses import dataclass
from datetime import datetime

UNDATED = "undated"
_GENERATION_DIGITS = 6
# What OpenSearch takes as the name of an index, less the dot, which parts our months.
PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def month_of(first_received: datetime | None) -> str:
    """The month an article belongs to for good, by its first arrival (UTC).

    >>> from datetime import UTC
    >>> month_of(datetime(2026, 3, 1, tzinfo=UTC)), month_of(None)
    ('2026.03', 'undated')
    """
    return UNDATED if first_received is None else f"{first_received:%Y.%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexNames:
    """The names of one installation."""

    prefix: str = "news"

    @property
    def readers(self) -> str:
        """The alias that readers search: it filters by what they may see now."""
        return self.prefix

    @property
    def editors(self) -> str:
        """The alias that editors search: all there is."""
        return f"{self.prefix}-editors"

    @property
    def settings_template(self) -> str:
        """The component template of settings and analyzers."""
        return f"{self.prefix}-settings"

    @property
    def mappings_template(self) -> str:
        """The component template of the mapping."""
        return f"{self.prefix}-mappings"

    @property
    def index_template(self) -> str:
        """The template that every index of a month is made by."""
        return f"{self.prefix}-articles"

    @property
    def pattern(self) -> str:
        """What matches every index of a month, and every alias of one."""
        return f"{self.prefix}-articles-*"

    def month_alias(self, month: str) -> str:
        """The alias that a month is written to.

        >>> IndexNames().month_alias("2026.03")
        'news-articles-2026.03'
        """
        return f"{self.prefix}-articles-{month}"

    def generation(self, month: str, number: int) -> str:
        """The index behind a month's alias, of which the first is number 1.

        >>> IndexNames().generation("2026.03", 2)
        'news-articles-2026.03-000002'
        """
        return f"{self.month_alias(month)}-{number:0{_GENERATION_DIGITS}}"

    def month_in(self, name: str) -> str:
        """The month of an index or alias name of ours.

        >>> IndexNames().month_in("news-articles-2026.03-000002"), IndexNames().month_in("news-articles-undated")
        ('2026.03', 'undated')
        """
        return name.removeprefix(f"{self.prefix}-articles-").split("-")[0]
