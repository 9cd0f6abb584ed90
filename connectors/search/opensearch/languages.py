"""Which analyzer ranks text of which language: the best that the cluster has; those of plugins are probed.

What matches is decided by `text.exact`; these only rank. A cluster with plugins ranks Japanese, Korean and Chinese by
words, one without by pairs of characters.
"""

from collections.abc import Mapping
from functools import cache

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.trouble import IndexRefused

# Of any language without one of its own. No language has a subtag of this length.
OTHER = "other"
# By primary subtag; the first that the cluster has, of which the last is there always. Thai is there when the JRE can
# part Thai words, icu_analyzer, kuromoji, nori and smartcn as plugins. Source: OpenSearch, "Language analyzers".
_PREFERRED: Mapping[str, tuple[str, ...]] = {
    "ar": ("arabic",),
    "bg": ("bulgarian",),
    "bn": ("bengali",),
    "ca": ("catalan",),
    "ckb": ("sorani",),
    "cs": ("czech",),
    "da": ("danish",),
    "de": ("german",),
    "el": ("greek",),
    "en": ("english",),
    "es": ("spanish",),
    "et": ("estonian",),
    "eu": ("basque",),
    "fa": ("persian",),
    "fi": ("finnish",),
    "fr": ("french",),
    "ga": ("irish",),
    "gl": ("galician",),
    "hi": ("hindi",),
    "hu": ("hungarian",),
    "hy": ("armenian",),
    "id": ("indonesian",),
    "it": ("italian",),
    "ja": ("kuromoji", "cjk"),
    "ko": ("nori", "cjk"),
    "lt": ("lithuanian",),
    "lv": ("latvian",),
    "nl": ("dutch",),
    "no": ("norwegian",),
    "pt": ("portuguese",),
    "ro": ("romanian",),
    "ru": ("russian",),
    "sv": ("swedish",),
    "th": ("thai", "icu_analyzer", "standard"),
    "tr": ("turkish",),
    "zh": ("smartcn", "cjk"),
    OTHER: ("icu_analyzer", "standard"),
}
# Norwegian is written in two forms, whose tags name the form.
_SAME = {"nb": "no", "nn": "no", "in": "id"}


def ranked_field(language: str) -> str:
    """The field in which text of a language (BCP 47) is ranked.

    >>> ranked_field("pt-BR"), ranked_field("nb"), ranked_field("und"), ranked_field("sw")
    ('ranked.pt', 'ranked.no', 'ranked.other', 'ranked.other')
    """
    subtag = language.split("-", maxsplit=1)[0].lower()
    subtag = _SAME.get(subtag, subtag)
    return f"ranked.{subtag if subtag in _PREFERRED else OTHER}"


def chosen_among_several(analyzers: Mapping[str, str]) -> dict[str, str]:
    """Those analyzers that another cluster might not have.

    >>> chosen_among_several({"en": "english", "ja": "cjk"})
    {'ja': 'cjk'}
    """
    return {
        language: analyzer
        for language, analyzer in analyzers.items()
        if len(_PREFERRED.get(language, ())) > 1
    }


def probe_analyzers(client: IndexClient) -> dict[str, str]:
    """The analyzer of each language, by subtag: the best that the cluster has.

    Raises:
        IndexTrouble: the cluster does not answer, or refuses us.
    """

    @cache
    def has(analyzer: str) -> bool:
        return _has(client, analyzer)

    return {
        subtag: next(filter(has, preferred[:-1]), preferred[-1]) for subtag, preferred in _PREFERRED.items()
    }


def _has(client: IndexClient, analyzer: str) -> bool:
    try:
        client.ask("POST", "/_analyze", {"analyzer": analyzer, "text": "a"})
    except IndexRefused as refused:
        if refused.status != 400:  # 401, 403: it would be taken for an analyzer that is not there
            raise
        return False
    return True
