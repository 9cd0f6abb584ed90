from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality_language import figures
from pipelines.core.language.detector import guess_language
from pipelines.core.language.scripts import chinese_script, main_script
from pipelines.core.language.tagging import DISAGREES, tag_language
from pipelines.core.language.tags import canonical_tag, language_key
from schemas.article_parts import LanguageSource
from tests.builders import an_article

SHARED = Path(__file__).resolve().parents[2].parent / "shared"

ENGLISH = (
    "The harbour of Springfield opened again on Monday after nine days. Dock workers had accepted the offer of the "
    "port authority in a vote on Sunday evening, and the first ships were unloaded before dawn."
)
GERMAN = (
    "Der Hafen von Springfeld ist seit Montag wieder offen. Die Hafenarbeiter hatten am Sonntagabend für das Angebot "
    "der Verwaltung gestimmt, und die ersten Schiffe wurden noch vor der Dämmerung entladen."
)
SPANISH = (
    "El puerto de Springfield volvió a abrir el lunes tras nueve días de huelga. Los estibadores habían aceptado el "
    "domingo por la noche la oferta de la autoridad portuaria, y los primeros barcos se descargaron antes del alba."
)

SENTENCES = [
    ("en", "The harbour opened again on Monday, nine days after the dock workers had walked out."),
    ("de", "Der Hafen ist seit Montag wieder offen, neun Tage nachdem die Arbeiter gegangen waren."),
    ("fr", "Le port a rouvert lundi, neuf jours après le début de la grève des dockers de la ville."),
    ("es", "El puerto volvió a abrir el lunes, nueve días después de que empezara la huelga."),
    ("pt", "O porto voltou a abrir na segunda-feira, nove dias depois do início da greve."),
    ("it", "Il porto ha riaperto lunedì, nove giorni dopo l'inizio dello sciopero dei portuali."),
    ("pl", "Port został ponownie otwarty w poniedziałek, dziewięć dni po rozpoczęciu strajku."),
    ("tr", "Liman, işçilerin greve başlamasından dokuz gün sonra pazartesi günü yeniden açıldı."),
    ("ru", "Порт снова открылся в понедельник, через девять дней после начала забастовки докеров."),
    ("uk", "Порт знову відкрився в понеділок, через дев'ять днів після початку страйку докерів."),
    ("bg", "Пристанището отново отвори в понеделник, девет дни след началото на стачката."),
    ("mk", "Пристаништето повторно се отвори во понеделник, девет дена по почетокот на штрајкот."),
    ("sr-Cyrl", "Лука је поново отворена у понедељак, девет дана после почетка штрајка лучких радника."),
    ("el", "Το λιμάνι άνοιξε ξανά τη Δευτέρα, εννέα ημέρες μετά την έναρξη της απεργίας."),
    ("he", "הנמל נפתח מחדש ביום שני, תשעה ימים לאחר תחילת השביתה של עובדי הנמל."),
    ("ar", "أعيد فتح الميناء يوم الاثنين بعد تسعة أيام من بدء إضراب عمال الرصيف في المدينة."),
    ("fa", "بندر روز دوشنبه، نه روز پس از آغاز اعتصاب کارگران اسکله، دوباره باز شد."),
    ("hi", "बंदरगाह सोमवार को फिर से खुल गया, मजदूरों की हड़ताल शुरू होने के नौ दिन बाद।"),
    ("th", "ท่าเรือเปิดอีกครั้งในวันจันทร์ เก้าวันหลังจากคนงานเริ่มนัดหยุดงาน"),
    ("ko", "항만 노동자들이 파업을 시작한 지 아흐레 만에 항구가 월요일 다시 열렸다."),
    ("ja", "港湾労働者のストライキ開始から九日後の月曜日、港は再開した。"),
    ("zh-Hans", "码头工人罢工九天后，港口周一重新开放，第一批船只已经开始卸货。"),
    ("zh-Hant", "碼頭工人罷工九天後，港口週一重新開放，第一批船隻已經開始卸貨。"),
    ("no", "Havnen åpnet igjen mandag, ni dager etter at havnearbeiderne gikk ut i streik."),
    ("id", "Pelabuhan dibuka kembali pada hari Senin, sembilan hari setelah para pekerja mogok."),
]


@pytest.mark.parametrize(("tag", "sentence"), SENTENCES, ids=[tag for tag, _ in SENTENCES])
def test_a_sentence_of_news_is_tagged_in_bcp_47(tag: str, sentence: str) -> None:
    article = tag_language(an_article(headline=None, body_text=sentence, language="und"))

    assert article.language == tag
    assert article.language_source is LanguageSource.DETECTED
    assert article.language_confidence is not None
    assert article.language_confidence >= 0.5


@pytest.mark.parametrize(
    "text", ["", "   ", "12:30 - 14", "🚢🚢🚢", "https://news.example/a/b", "— … —", "@port #port"]
)
def test_a_text_without_letters_has_no_language(text: str) -> None:
    article = tag_language(an_article(headline=None, body_text=text, language="und"))

    assert (article.language, article.language_source, article.language_confidence) == ("und", None, None)


def test_a_text_that_may_be_anything_is_undetermined() -> None:
    article = tag_language(an_article(headline=None, body_text="Lomi vatu se kaba.", language="und"))

    assert article.language == "und"
    assert article.language_source is LanguageSource.DETECTED


def test_the_headline_speaks_only_where_the_body_is_short() -> None:
    long_body = tag_language(an_article(headline="Der Hafen ist wieder offen", body_text=ENGLISH))
    no_body = tag_language(an_article(headline="Der Hafen ist seit Montag wieder offen", body_text=None))

    assert long_body.language == "en"
    assert no_body.language == "de"


def test_a_declared_tag_stands_whatever_the_text_says() -> None:
    declared = an_article(body_text=GERMAN, language="en", language_source=LanguageSource.DECLARED)

    article = tag_language(declared)

    assert (article.language, article.language_source) == ("en", LanguageSource.DECLARED)
    assert article.quality_flags == (DISAGREES,)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("en", ENGLISH),
        ("en-GB", ENGLISH),
        ("en", None),
        ("en", "Der Hafen ist offen."),  # too short to object
        ("hr", "Luka je ponovo otvorena u ponedeljak, devet dana posle početka štrajka lučkih radnika. " * 2),
        ("tn", ENGLISH),  # the detector does not know Tswana: it cannot deny it
        ("en", f"{GERMAN}\n{GERMAN}\n{ENGLISH}\n{ENGLISH}"),  # one of two languages
    ],
)
def test_the_detector_objects_only_where_it_can_be_sure(declared: str, text: str | None) -> None:
    article = tag_language(
        an_article(headline=None, body_text=text, language=declared, language_source=LanguageSource.DECLARED)
    )

    assert article.language == declared
    assert article.quality_flags == ()


def test_a_declaration_that_is_no_tag_is_none() -> None:
    for stated in ("English", "und", "mul", "zxx", "", "x" * 40):
        article = tag_language(
            an_article(body_text=ENGLISH, language=stated, language_source=LanguageSource.DECLARED)
        )

        assert (article.language, article.language_source) == ("en", LanguageSource.DETECTED)


def test_a_declared_tag_without_text_stays_without_confidence() -> None:
    article = tag_language(
        an_article(headline=None, body_text=None, language="pt-br", language_source=LanguageSource.DECLARED)
    )

    assert (article.language, article.language_confidence, article.languages) == ("pt-BR", None, ())


def test_a_text_in_one_language_lists_no_shares() -> None:
    assert tag_language(an_article(body_text="\n".join([ENGLISH] * 8))).languages == ()


def test_a_text_in_two_languages_lists_both_the_larger_first_and_is_in_the_larger() -> None:
    body = "\n".join([ENGLISH, *[SPANISH] * 4])

    article = tag_language(an_article(body_text=body))

    assert [share.tag for share in article.languages] == ["es", "en"]
    assert article.languages[0].share > article.languages[1].share
    assert sum(share.share for share in article.languages) == pytest.approx(1, abs=0.02)
    assert article.language == "es"


def test_a_foreign_quotation_is_no_second_language() -> None:
    body = "\n".join(
        [
            *[ENGLISH] * 6,
            "„Der Hafen ist seit Montag wieder offen“, sagte die Sprecherin am Sonntag.",
            *[ENGLISH] * 6,
        ]
    )

    assert tag_language(an_article(body_text=body)).languages == ()


def test_kana_make_japanese_and_han_alone_chinese() -> None:
    assert main_script("東京港は再開した") == "Jpan"
    assert main_script("東京港周一重新开放") == "Hani"
    assert main_script("ABC port 港口重新開放的消息") == "Hani"


def test_a_character_of_both_orthographies_decides_no_script() -> None:
    assert chinese_script("中文") is None
    assert tag_language(an_article(headline=None, body_text="中文人口手。", language="und")).language in {
        "zh",
        "und",
    }


def test_a_shouted_text_is_read_like_a_spoken_one() -> None:
    assert guess_language(GERMAN.upper()).tag == "de"


def test_a_name_with_foreign_letters_does_not_move_a_sentence() -> None:
    assert (
        guess_language("President Erdoğan said on Monday that the port of İzmir had opened again.").tag
        == "en"
    )


@pytest.mark.parametrize(
    ("stated", "canonical"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("eng", "en"),
        ("ger", "de"),
        ("iw", "he"),
        ("in", "id"),
        ("nb-NO", "nb-NO"),
        ("zh-hant-TW", "zh-Hant-TW"),
        ("zh-cmn-Hans", "zh-Hans"),
        ("sr-latn", "sr-Latn"),
        ("es-419", "es-419"),
        ("de-DE-1996", "de-DE"),
        ("en-u-ca-gregory", "en"),
        (" fr ", "fr"),
        ("English", None),
        ("und", None),
        ("mul", None),
        ("e", None),
        ("en--US", None),
        ("日本", None),
    ],
)
def test_a_tag_has_one_spelling(stated: str, canonical: str | None) -> None:
    assert canonical_tag(stated) == canonical


@pytest.mark.parametrize(
    ("tags", "key"),
    [
        (("no", "nb", "nn", "nb-NO"), "no"),
        (("hr", "bs", "sr-Cyrl", "sr-Latn", "sh"), "sh"),
        (("id", "ms", "in"), "ms"),
        (("zh", "zh-Hans", "zh-Hant-TW", "yue", "wuu", "cmn"), "zh"),
        (("ar", "arz", "arb", "ar-EG"), "ar"),
        (("pt-BR", "pt", "por"), "pt"),
        (("und", "", "English", "zxx"), "und"),
        (("sk",), "sk"),
        (("cs",), "cs"),
    ],
)
def test_languages_that_no_headline_tells_apart_share_a_key(tags: tuple[str, ...], key: str) -> None:
    assert {language_key(tag) for tag in tags} == {key}


@given(st.text(max_size=300), st.text(max_size=40), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_text_gets_a_tag_once_and_for_all(body: str, stated: str, is_declared: bool) -> None:
    source = LanguageSource.DECLARED if is_declared else None
    article = an_article(headline=None, body_text=body, language=stated, language_source=source)

    tagged = tag_language(article)

    assert tagged.language == "und" or canonical_tag(tagged.language) == tagged.language
    assert language_key(tagged.language)
    assert tag_language(tagged) == tagged
    assert replace(tagged, language=stated, language_source=source, language_confidence=None) == replace(
        article, languages=tagged.languages, quality_flags=tagged.quality_flags
    )


@given(st.text(alphabet="aA-_0xZ", max_size=40))
def test_a_canonical_tag_is_its_own_spelling(stated: str) -> None:
    tag = canonical_tag(stated)

    assert tag is None or canonical_tag(tag) == tag


@pytest.mark.shared_data
@pytest.mark.skipif(
    not (SHARED / "data" / "language").is_dir(), reason="needs the evaluation data beside the checkout"
)
def test_real_news_is_named_as_well_as_the_bars_demand() -> None:
    measured = figures(SHARED, only=("titles", "bodies"))

    assert len([one for one in measured if one.bar is not None]) >= 4
    assert [one for one in measured if one.bar is not None and one.ours < one.bar] == []
