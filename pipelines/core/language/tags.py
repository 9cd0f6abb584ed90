"""Language tags: one spelling of each (BCP 47), and the key that languages of one memory share.

Two different foldings. `canonical_tag` only spells: `EN_us` and `eng-US` are `en-US`, and Croatian stays Croatian.
`language_key` joins what no detector tells apart on a headline, because a report that moved to another key would meet
none of its fellows: Bokmål and Nynorsk, the four standards of Serbo-Croatian, Indonesian and Malay, the Chinese
languages, the Arabic ones.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import orjson

UNDETERMINED = "und"

# RFC 5646 section 2.1 without extensions and private use: they select nothing in news.
_WELL_FORMED = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)
# RFC 5646 section 4.1: several languages, none, uncoded ones. They name no language that a reader could choose.
_NO_LANGUAGE = frozenset({"mis", "mul", UNDETERMINED, "zxx"})
_LONGEST_TAG = 35  # RFC 5646 section 4.4.1


@dataclass(frozen=True, slots=True)
class _Tables:
    shortest: dict[str, str]
    key: dict[str, str]


@cache
def _tables() -> _Tables:
    document = orjson.loads(files("pipelines.core.language").joinpath("tags.json").read_bytes())
    key = {member: group for group, members in document["key"].items() for member in members}
    return _Tables(document["shortest"], key)


def canonical_tag(stated: str) -> str | None:
    """A stated tag in its one BCP 47 spelling; `None` where it names no language.

    Language by its shortest code of today, script in title case, region in capitals; variants and extensions go.

    >>> canonical_tag("EN_us"), canonical_tag("ger"), canonical_tag("iw"), canonical_tag("zh-hant-tw")
    ('en-US', 'de', 'he', 'zh-Hant-TW')
    >>> canonical_tag("English") is None, canonical_tag("und") is None
    (True, True)
    """
    tag = stated.strip()
    return _canonical(tag) if len(tag) <= _LONGEST_TAG else None


# A stream has a few dozen tags, each spelled again for every article.
@lru_cache(maxsize=1024)
def _canonical(stated: str) -> str | None:
    found = _WELL_FORMED.fullmatch(stated.replace("_", "-").lower())
    if found is None or found["language"] in _NO_LANGUAGE:
        return None
    language = _tables().shortest.get(found["language"], found["language"])
    script, region = found["script"], found["region"]
    return "-".join(
        part for part in (language, script and script.title(), region and region.upper()) if part is not None
    )


def language_key(tag: str) -> str:
    """The key under which a language is remembered: its primary subtag, macrolanguages folded.

    Lower case; `und` for what names no language. FollowStory stamps it, LinkRepeats and AssignEventIds are keyed by
    it: another folding is another key, a state break.

    Source: ISO 639-3 macrolanguages, in `tags.json`.

    >>> [language_key(tag) for tag in ("pt-BR", "nb", "hr", "sr-Latn", "id", "yue", "zh-Hant", "arz", "und")]
    ['pt', 'no', 'sh', 'sh', 'ms', 'zh', 'zh', 'ar', 'und']
    """
    canonical = canonical_tag(tag)
    if canonical is None:
        return UNDETERMINED
    primary = canonical.partition("-")[0]
    return _tables().key.get(primary, primary)
