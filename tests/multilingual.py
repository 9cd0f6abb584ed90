"""Articles in many scripts, with what goes wrong in each. Every sentence and outlet was made up for these tests."""

from datetime import timedelta
from random import Random

from schemas.article import Article
from schemas.article_parts import Subject, Zone
from tests.builders import MORNING, an_article

_TEXTS: dict[str, tuple[str, str, str | None, str]] = {
    # id: language, headline, abstract, text
    "en-1": ("en", "Dock strike ends in Springfield", "Cranes move again", "Workers ended a nine-day strike; don't expect ferries before 6.30 a.m."),
    "en-2": ("en", "The ﬁrst ﬂight", None, "The oﬃce of ﬁsheries re\u00adopened its harbour ofﬁce. Co-op\u00aderation is re-established."),
    "en-3": ("en-GB", "Naïve façade", "A résumé", "The cafe\u0301's façade, Zoe\u0308 said, is naïve. Ångström and A\u030angstro\u0308m are one."),
    "en-4": ("en", "Emoji 🚢 day", None, "A ship 🚢 and a family 👩\u200d👩\u200d👧 met; the 🇳🇴 flag rose at pier➐ №5 ½ price, H₂O 10² x₂."),
    "en-5": ("en", "O'Brien & Sons", None, "O’Brien said “no”: e-mail a.b@news.example, call +47-22-33; C++ and C# AT&T; under_score."),
    "de-1": ("de", "Hafenarbeiterstreik in Überlingen beendet", "Straße frei", "Die Donaudampfschifffahrtsgesellschaft öffnet die Straße nach Groß-Gerau; ÄRGER über Öl."),
    "de-2": ("de", "STRASSE GESPERRT", None, "In der STRASSE und der STRAẞE lag Öl, sagt die Hafenarbeitergewerkschaft."),
    "fr-1": ("fr", "La grève s'achève", None, "L'œuvre du cœur, l’été dernier à Mer-les-Bains, coûte 1\u202f000\u00a0€."),
    "es-1": ("es", "El niño y el año", None, "¿Qué pasó? El pingüino nadó en la ría."),
    "tr-1": ("tr", "İstanbul'da ışık", None, "Iğdır ve İzmir'de IŞIK ışık söndü; istanbul, ISTANBUL, İSTANBUL."),
    "vi-1": ("vi", "Công nhân bến cảng", None, "Công nhân kết thúc chín ngày đình công ở Đà Nẵng, Ho\u0302\u0300 Chi\u0301 Minh."),
    "pl-1": ("pl", "Łódź i Gdańsk", None, "Strajk dokerów w Łodzi zakończył się; żółć, ŻÓŁĆ."),
    "el-1": ("el", "Ο λιμένας και ο δρόμος", None, "Οι εργάτες τελείωσαν την απεργία. ΛΙΜΕΝΑΣ, ΔΡΟΜΟΣ, δρόμοσ."),
    "ru-1": ("ru", "Докеры прекратили забастовку", None, "Забастовка в порту Северогорска: ёлка и елка, Йод и йод, ВСЁ."),
    "uk-1": ("uk", "Її їжак", None, "Ґанок і п'ять моряків з п’ятниці."),
    "ar-1": ("ar", "أنهى عمال الميناء إضرابهم", None, "عاد العمال إلى الميناء بعد تسعة أيام. الإضراب انتهى"),
    "ar-2": ("ar", "إِضْرَابُ المِينَاءِ", None, "المـــيـــناء مُغلَق، والعُمّال في الشّارع ٢٠٢٦"),
    "fa-1": ("fa", "کارگران می‌روند", None, "کتاب‌ها و کتابها در بندر؛ ۱۲۳ کشتی."),
    "he-1": ("he", "שביתה בנמל", None, 'העובדים שבו; שָׁלוֹם לכולם, צה"ל ו־80 אוניות'),
    "hi-1": ("hi", "हड़ताल ख़त्म", None, "बंदरगाह के मज़दूरों ने नौ दिन की हड़ताल ख़त्म की। क्‍ष और क्ष"),
    "bn-1": ("bn", "বন্দরে ধর্মঘট", None, "শ্রমিকরা নয় দিনের ধর্মঘট শেষ করেছে।"),
    "ta-1": ("ta", "துறைமுகம்", None, "தொழிலாளர்கள் வேலைநிறுத்தத்தை முடித்தனர்."),
    "th-1": ("th", "ท่าเรือเปิดแล้ว", None, "คนงานท่าเรือยุติการนัดหยุดงานเมื่อวันอาทิตย์ เวลา 9 โมง"),
    "lo-1": ("lo", "ທ່າເຮືອ", None, "ຄົນງານທ່າເຮືອຢຸດງານ"),
    "km-1": ("km", "កំពង់ផែ", None, "កម្មករកំពង់ផែបានបញ្ចប់កូដកម្ម"),
    "my-1": ("my", "ဆိပ်ကမ်း", None, "အလုပ်သမားများ သပိတ်မှောက်"),
    "zh-1": ("zh-Hans", "台风“海燕”登陆", None, "周日清晨，台风“海燕”在海滨市登陆，码头工人停止作业。"),
    "zh-2": ("zh-Hant", "颱風海燕登陸", None, "颱風於２０２６年３月１日登陸海濱市，ＡＢＣ電台報導；見𠮷野家旁。"),
    "ja-1": ("ja", "港のストライキ終わる", None, "港の作業員は２０２６年３月１日、九日間のストライキを終えた。ｽﾄﾗｲｷ、スト、がが\u304b\u3099。人々は佐々木さん。"),
    "ja-2": ("ja", "東京タワー", None, "東京タワーの高さは333メートル。東 京は分かち書き。"),
    "ko-1": ("ko", "부두 파업 끝나", None, "부두 노동자들은 일요일 아흐레 만에 파업을 끝냈다."),
    "ko-2": ("ko", "\u1112\u1161\u11ab\u1100\u116e\u11a8 항구", None, "한국의 항구가 열렸다. 漢字도 있다."),
    "mix-1": ("und", "Strike 罢工 забастовка", None, "strike罢工strike Strike·파업 ストstrike１２ x\u0301\u0323y"),
    "mix-2": ("und", "１２３ １２ ＡＢＣ", "٣ ৩ ३ 3", "Ⅷ ⅷ ① ㊗ ㍿ ℃ Å K ſ ẛ İ ı ǆ ǅ ß ẞ ﬃ ѐ"),
    "mix-3": ("und", "a\u200bb a\u200db a\u200cb a\u2060b a\ufeffb", None, "a\u00adb a\u034fb a\u0301b ab a b a-b a_b a.b a\u00b7b a’b"),
    "mix-4": ("und", "\ue000 private", None, "\u0301alone \u0301 \u0301\u0301 x \u20e3 1\ufe0f\u20e3 \U000e0100 end"),
    "edge-1": ("en", "ends with port", "side of the", "town begins here. " + "word " * 40 + "tail"),
    "edge-2": ("en", "x" * 600, None, "y" * 40_000 + " after"),
}  # fmt: skip


def multilingual() -> list[Article]:
    """One article of each text, some undated, in families, events and subjects, by several outlets."""
    return [_article(number, name) for number, name in enumerate(_TEXTS)]


def texts() -> list[str]:
    """Every text of the set."""
    return [text for _, *written in _TEXTS.values() for text in written if text]


def _article(number: int, name: str) -> Article:
    language, headline, abstract, body = _TEXTS[name]
    return an_article(
        name,
        offset=number,
        language=language,
        headline=headline,
        abstract=abstract,
        body_text=body,
        source=("harbour.example", "tidings.example", "Bote.example")[number % 3],
        source_name="The Harbour" if number % 2 else None,
        url=f"https://news.example/{name}",
        published=None if number % 7 == 3 else MORNING - timedelta(minutes=number // 2, microseconds=number * 300),
        published_zone=Zone.ASSUMED if number % 5 == 4 else None,
        first_received=None if number % 11 == 5 else MORNING - timedelta(days=number % 4 * 20),
        copy_family=f"family-{number % 8}" if number % 3 else None,
        event_id=f"evt-20260302-{number % 6}" if number % 4 else None,
        subjects=(Subject(uri=f"medtop:{number % 5}", name="Labour" if number % 2 else None),) if number % 2 else (),
    )  # fmt: skip


# What two analyzers may cut, fold or drop differently: letters of every kind, marks alone and composed, joiners, symbols.
_PIECES = (
    *("a", "b", "é", "e\u0301", "Å", "ß", "ẞ", "İ", "ı", "ſ", "K", "ﬁ", "ǆ", "ς", "Σ", "ё", "й", "Ґ"),
    *("ال", "إ", "ِ", "ـ", "ة", "٣", "שׁ", "ָ", "क", "्", "ष", "ি", "த", "ท่", "า", "ກ", "ក្", "မြ"),
    *("台", "𠮷", "々", "が", "か\u3099", "ｶﾞ", "ー", "１", "Ａ", "한", "\u1112\u1161\u11ab", "ㄅ", "㍿"),
    *("\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\ufe0f", "\u034f", "\u20e3", "\U000e0100"),
    *(
        "🚢",
        "👩\u200d👧",
        "½",
        "²",
        "Ⅷ",
        "①",
        "№",
        "_",
        "-",
        "'",
        "’",
        ".",
        "·",
        "・",
        "\n",
        "\u2028",
        "\ue000",
        "𝒜",
        "𐐷",
    ),
    *(" ",) * 25,
)


def made_up(count: int, chance: Random) -> list[Article]:
    """Articles whose texts are chance sequences of such pieces."""

    def text(size: int) -> str:
        return "".join(chance.choice(_PIECES) for _ in range(chance.randint(0, size)))

    return [
        an_article(
            f"m{number}",
            headline="x" + text(8),
            abstract=text(6) or None,
            body_text="x" + text(60),
            offset=number,
        )
        for number in range(count)
    ]
