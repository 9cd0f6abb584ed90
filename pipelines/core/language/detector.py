"""What language a piece of text is in: the script first, then py3langid among the languages written in it.

    text -> script -> one language writes it?  that one
                   -> several                  py3langid's probabilities, only those languages, summed to 1
                   -> none known               undetermined

A language is believed when the probability of its key (`language_key`) reaches one half: Bokmål .4 beside Nynorsk .4 is
Norwegian for sure, and the likelier of the two is named.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipelines.core.language.alphabets import plausibility, telling_letters
from pipelines.core.language.scripts import chinese_script, main_script
from pipelines.core.language.tags import UNDETERMINED, canonical_tag, language_key

# py3langid is sure of a news body after 120 characters; 1,000 cost a tenth of a whole body (`research/text.md` §3).
SAMPLE_CHARS = 1000
# At one half 93 % of titles are answered and none wrongly (`research/text.md` §3).
LEAST_CONFIDENCE = 0.5

# Scripts that one language of the news writes. py3langid's other labels in them (Ancient Greek, Biblical Hebrew) are
# no news; Yiddish and Tigrinya it does not know: they are told by letters of their own.
_SOLE_LANGUAGE = {
    "Armn": "hy",
    "Ethi": "am",
    "Geor": "ka",
    "Grek": "el",
    "Gujr": "gu",
    "Guru": "pa",
    "Hang": "ko",
    "Hebr": "he",
    "Jpan": "ja",
    "Khmr": "km",
    "Knda": "kn",
    "Laoo": "lo",
    "Mlym": "ml",
    "Mymr": "my",
    "Orya": "or",
    "Sinh": "si",
    "Taml": "ta",
    "Telu": "te",
    "Thaa": "dv",
    "Thai": "th",
    "Tibt": "dz",
}
_OTHER_LANGUAGE = {
    "Ethi": ("ti", re.compile("[ቐ-ቝኸ-ዅ]")),
    "Hebr": ("yi", re.compile("[װױײ]|[אי]\N{HEBREW POINT PATAH}|א\N{HEBREW POINT QAMATS}")),
}
# One telling letter may stand in a quoted name; running text has one in a hundred or more.
_LEAST_TELLING = 0.01
# Labels of py3langid by the script they are written in; every other label is written in Latin letters.
_WRITTEN_IN = {
    "Arab": frozenset({"ar", "ary", "arz", "fa", "ku", "ps", "sdh", "ug", "ur"}),
    "Beng": frozenset({"as", "bn"}),
    "Cyrl": frozenset({"ba", "be", "bg", "crh", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk", "uz"}),
    "Deva": frozenset({"gom", "hi", "mr", "ne", "sa"}),
    "Hani": frozenset({"ja", "wuu", "yue", "zh"}),
}
_LATIN_TOO = frozenset({"crh", "ku", "sr", "uz"})
_NO_NEWS = frozenset({"grc", "hbo", "zxx"})
_SPOKEN_AS = {"ary": "ar", "arz": "ar", "ltg": "lv", "uzs": "uz", "wuu": "zh", "yue": "zh"}
_LEAST_LIKELY = 0.001  # what is less likely changes no sum and costs time
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Guess:
    """A language with the probability of its key, 0..1. `tag` is BCP 47, `und` below one half."""

    tag: str
    confidence: float


NOTHING = Guess(UNDETERMINED, 0.0)


def guess_language(text: str) -> Guess:
    """The language of the first thousand characters. Addresses, handles and digits do not count.

    >>> guess_language("The port reopened on Monday after nine days.").tag
    'en'
    >>> guess_language("12:30 - 14 https://news.example/a")
    Guess(tag='und', confidence=0.0)
    """
    sample = _ADDRESS.sub(" ", text[: 2 * SAMPLE_CHARS])[:SAMPLE_CHARS]
    script = main_script(sample)
    if script is None:
        return NOTHING
    if script in _SOLE_LANGUAGE:
        return Guess(_sole_language(sample, script), 1.0)
    return _most_likely(_probabilities(_calm(sample), script), sample, script)


@cache
def known_keys() -> frozenset[str]:
    """Keys of every language that can be detected: of another one the detector has nothing to say."""
    sole = (*_SOLE_LANGUAGE.values(), *(language for language, _ in _OTHER_LANGUAGE.values()))
    return (frozenset(_label_keys().values()) | frozenset(map(language_key, sole))) - {UNDETERMINED}


def _sole_language(sample: str, script: str) -> str:
    if script in _OTHER_LANGUAGE:
        language, telling = _OTHER_LANGUAGE[script]
        if len(telling.findall(sample)) >= _LEAST_TELLING * len(_LETTER.findall(sample)):
            return language
    return _SOLE_LANGUAGE[script]


def _calm(sample: str) -> str:
    """Capitals carry no language and the model has seen few: shouted text is lowered."""
    capitals = sum(map(str.isupper, sample))
    return sample.lower() if 2 * capitals > sum(map(str.islower, sample)) else sample


def _probabilities(sample: str, script: str) -> list[tuple[str, float]]:
    """Languages of the script with their probabilities, which sum to 1, in the model's order."""
    telling = telling_letters(sample, script)
    written = _labels_in(script)
    ranked = [
        (label, probability * plausibility(label, script, telling))
        for label, probability in _identifier().rank(sample)
        if probability >= _LEAST_LIKELY and label in written
    ]
    total = sum(probability for _, probability in ranked)
    return [(label, probability / total) for label, probability in ranked]


def _most_likely(ranked: list[tuple[str, float]], sample: str, script: str) -> Guess:
    keys = _label_keys()
    by_key: defaultdict[str, float] = defaultdict(float)
    for label, probability in ranked:
        by_key[keys[label]] += probability
    if not by_key:
        return NOTHING
    key = max(by_key, key=by_key.__getitem__)
    confidence = round(min(by_key[key], 1.0), 3)
    if confidence < LEAST_CONFIDENCE:
        return Guess(UNDETERMINED, confidence)
    label = max((pair for pair in ranked if keys[pair[0]] == key), key=_probability)[0]
    return Guess(_tag(label, sample, script), confidence)


def _probability(pair: tuple[str, float]) -> float:
    return pair[1]


def _tag(label: str, sample: str, script: str) -> str:
    """A label in BCP 47, with the script where a language of the news is printed in two."""
    language = _SPOKEN_AS.get(label, label)
    if language == "zh":
        return "-".join(filter(None, (language, chinese_script(sample))))
    if language == "sr":
        return f"sr-{script}"
    return canonical_tag(language) or UNDETERMINED


@cache
def _labels_in(script: str) -> frozenset[str]:
    if script in _WRITTEN_IN:
        return _WRITTEN_IN[script]
    elsewhere = frozenset(_SOLE_LANGUAGE.values()).union(*_WRITTEN_IN.values()) - _LATIN_TOO
    return frozenset(_identifier().labels) - elsewhere - _NO_NEWS


@cache
def _label_keys() -> dict[str, str]:
    return {label: language_key(label) for label in _identifier().labels}


@cache
def _identifier() -> LanguageIdentifier:
    """The model, loaded once a process (0.5 s, 110 MB); the only place that calls py3langid."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
