"""What language a piece of text is in: the script first, then py3langid among the languages written in it.

    text -> script -> one language writes it?  that one
                   -> small words tell it?     that one (`telling_words`)
                   -> several                  py3langid's model (`model`), only those languages, summed to 1
                   -> none known               undetermined

A language is believed when the probability of its key (`language_key`) reaches one half: Bokmål .4 beside Nynorsk .4 is
Norwegian for sure, and the likelier of the two is named.
"""

import re
import string
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipelines.core.language.alphabets import plausibility, telling_letters
from pipelines.core.language.model import Ranked, model_labels, ranked
from pipelines.core.language.scripts import chinese_script, main_script
from pipelines.core.language.tags import UNDETERMINED, canonical_tag, language_key
from pipelines.core.language.telling_words import told_throughout

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
_ADDRESS_SIGNS = ("@", "#", "://", "www.")  # one of them is in every address
_LETTER = re.compile(r"[^\W\d_]")
_TOLD_SCRIPTS = ("Latn", "Cyrl")
_CAPITALS, _SMALL = string.ascii_uppercase.encode(), string.ascii_lowercase.encode()


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
    return guess_languages((text,))[0]


def guess_languages(texts: Sequence[str]) -> list[Guess]:
    """The language of each text, as `guess_language` says it: five asked together cost half of five asked apart."""
    sights = [_sight(text) for text in texts]
    known = {sight: answer for sight in sights if (answer := _without_model(sight)) is not None}
    asked = list(dict.fromkeys(sight for sight in sights if sight not in known))
    rankings = ranked([_calm(sight.sample) for sight in asked], _LEAST_LIKELY) if asked else []
    answers = known | {
        sight: _most_likely(ranking, sight) for sight, ranking in zip(asked, rankings, strict=True)
    }
    return [answers[sight] for sight in sights]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is read of a text, and its script."""

    sample: str
    script: str | None


def _sight(text: str) -> _Sight:
    read = text[: 2 * SAMPLE_CHARS]
    if any(sign in read for sign in _ADDRESS_SIGNS):
        read = _ADDRESS.sub(" ", read)
    sample = read[:SAMPLE_CHARS]
    return _Sight(sample, main_script(sample))


def _without_model(sight: _Sight) -> Guess | None:
    """The language where the script or small words decide it."""
    if sight.script is None:
        return NOTHING
    if sight.script in _SOLE_LANGUAGE:
        return Guess(_sole_language(sight.sample, sight.script), 1.0)
    told = told_throughout(sight.sample) if sight.script in _TOLD_SCRIPTS else None
    return None if told is None else Guess(told, 1.0)


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
    letters = sample.encode("ascii", "ignore")
    capitals = len(letters) - len(letters.translate(None, _CAPITALS))
    small = len(letters) - len(letters.translate(None, _SMALL))
    others = len(sample) - len(letters)
    if 2 * (capitals + others) <= small:
        return sample
    if others:
        capitals, small = sum(map(str.isupper, sample)), sum(map(str.islower, sample))
    return sample.lower() if 2 * capitals > small else sample


def _most_likely(ranking: Ranked, sight: _Sight) -> Guess:
    """The likeliest language written in the script, with the alphabets and the press taken into account."""
    sample, script = sight.sample, sight.script or ""
    written = [pair for pair in ranking if pair[0] in _labels_in(script)]
    if not written:
        return NOTHING
    if len(written) == 1:
        return Guess(_tag(written[0][0], sample, script), 1.0)
    keys = _label_keys()
    weighed = _weighed(written, sample, script)
    by_key: defaultdict[str, float] = defaultdict(float)
    for label, probability in weighed:
        by_key[keys[label]] += probability
    key = max(by_key, key=by_key.__getitem__)
    confidence = round(min(by_key[key], 1.0), 3)
    if confidence < LEAST_CONFIDENCE:
        return Guess(UNDETERMINED, confidence)
    label = max((pair for pair in weighed if keys[pair[0]] == key), key=_probability)[0]
    return Guess(_tag(label, sample, script), confidence)


def _weighed(ranking: Ranked, sample: str, script: str) -> Ranked:
    """Each language with its share of what is left of the probability."""
    telling = telling_letters(sample, script)
    weighed = [(label, probability * plausibility(label, script, telling)) for label, probability in ranking]
    total = sum(probability for _, probability in weighed)
    return [(label, probability / total) for label, probability in weighed]


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
    return model_labels() - elsewhere - _NO_NEWS


@cache
def _label_keys() -> dict[str, str]:
    return {label: language_key(label) for label in model_labels()}
