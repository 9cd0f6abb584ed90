"""What the indices, aliases and templates of one installation are called.

    news-articles-2026.03             alias of one month: what is written to, and read by id
    news-articles-2026.03-000001      the index behind it; a reindex makes -000002 and moves the alias
    news, news-editors                aliases that readers and editors search
    news-settings, news-mappings      component templates, written by every release anew
    news-custom                       one for whoever runs the cluster: made empty, and never written again
    news-loading                      one for the time of a bulk load, else empty
    news-articles                     the index template made of them, the later before the earlier

`news` is the prefix; installations that share a cluster have one each.
"""

import re
from dataclasses import dataclass
from datetime import datetime

UNDATED = "undated"
_GENERATION_DIGITS = 6
# No record is older than its format, and what `MONTH` and the index template match ends here: an index of a later year
# would be made without them. A clock or a field that names such a time is wrong.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
# What OpenSearch takes as the name of an index, less the dot, which parts our months.
# None that is another's alias: `news-editors` is that of `news`, `news-articles-undated` one of its months.
PREFIX = re.compile(r"(?!.*(-editors$|-articles-))[a-z0-9][a-z0-9_-]{0,63}")

MONTH = re.compile(r"[12]\d{3}\.(0[1-9]|1[0-2])")
_GENERATION = re.compile(rf"(?P<month>{MONTH.pattern}|{UNDATED})-(?P<number>\d{{{_GENERATION_DIGITS}}})")


def month_of(first_received: datetime | None) -> str:
    """The month an article belongs to for good, by its first arrival (UTC); `undated` if that cannot be right.

    >>> from datetime import UTC
    >>> month_of(datetime(2026, 3, 1, tzinfo=UTC)), month_of(None)
    ('2026.03', 'undated')
    """
    if first_received is None or not _FIRST_YEAR <= first_received.year <= _LAST_YEAR:
        return UNDATED
    return f"{first_received:%Y.%m}"


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
    def custom_template(self) -> str:
        """The component template of the operator's own settings: shards, replicas, where they lie."""
        return f"{self.prefix}-custom"

    @property
    def loading_template(self) -> str:
        """The component template of the settings of a bulk load."""
        return f"{self.prefix}-loading"

    @property
    def index_template(self) -> str:
        """The template that every index of a month is made by."""
        return f"{self.prefix}-articles"

    @property
    def pattern(self) -> str:
        """What matches every index of a month, and every alias of one."""
        return f"{self.prefix}-articles-*"

    @property
    def template_patterns(self) -> tuple[str, ...]:
        """What the index template matches: those of no other installation, even if its prefix begins with ours."""
        return tuple(f"{self.prefix}-articles-{beginning}*" for beginning in ("1", "2", UNDATED))

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

    def generation_in(self, index: str) -> tuple[str, int] | None:
        """The month and number of an index; `None` if it is none of ours.

        >>> IndexNames().generation_in("news-articles-2026.03-000002")
        ('2026.03', 2)
        """
        found = _GENERATION.fullmatch(index.removeprefix(f"{self.prefix}-articles-"))
        return None if found is None else (found["month"], int(found["number"]))

    def month_in(self, name: str) -> str:
        """The month of an index or alias name of ours.

        >>> IndexNames().month_in("news-articles-2026.03-000002"), IndexNames().month_in("news-articles-undated")
        ('2026.03', 'undated')
        """
        return name.removeprefix(f"{self.prefix}-articles-").split("-")[0]
