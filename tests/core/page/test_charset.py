import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.page.charset import decode_text
from schemas.rejection import ReasonCode, Rejected

GERMAN = "Die Hafenarbeiter beenden den Streik für höhere Löhne, sagte Frau Müller am Montag. "
RUSSIAN = "Портовые рабочие завершили забастовку в воскресенье, сообщили в профсоюзе. "
CHINESE = "港口工人星期日结束了为期九天的罢工。"
JAPANESE = "港湾労働者は日曜日、九日間のストライキを終えた。"


def page(text: str, declared: str | None) -> str:
    meta = f'<meta charset="{declared}">' if declared else ""
    return f"<html><head>{meta}<title>{text}</title></head><body><p>{text * 3}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (GERMAN, "cp1252", "iso-8859-1"),
        (GERMAN, "cp1252", "Windows-1252"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (CHINESE, "gb18030", "GB2312"),
        (JAPANESE, "cp932", "Shift_JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (JAPANESE, "iso2022_jp", "ISO-2022-JP"),
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8", None),
    ],
)
def test_a_declared_charset_is_read_and_needs_no_repair(text: str, codec: str, declared: str | None) -> None:
    decoded = decode_text(page(text, declared).encode(codec), None)

    assert text in decoded.text
    assert not decoded.repaired


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (GERMAN, "utf-8", "iso-8859-1"),
        (GERMAN, "cp1252", "utf-8"),
        (RUSSIAN, "cp1251", "utf-8"),
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (CHINESE, "gb18030", "utf-8"),
        (JAPANESE, "cp932", "iso-8859-1"),
    ],
)
def test_a_wrong_declaration_is_mended_and_flagged(text: str, codec: str, declared: str) -> None:
    decoded = decode_text(page(text, declared).encode(codec), None)

    assert text in decoded.text
    assert decoded.repaired


@pytest.mark.parametrize(("text", "codec"), [(GERMAN, "cp1252"), (RUSSIAN, "cp1251"), (CHINESE, "gb18030")])
def test_an_undeclared_charset_is_detected(text: str, codec: str) -> None:
    assert text in decode_text(page(text, None).encode(codec), None).text


def test_the_charset_of_the_response_outweighs_the_page_s() -> None:
    decoded = decode_text(page(RUSSIAN, "iso-8859-1").encode("cp1251"), "windows-1251")

    assert RUSSIAN in decoded.text


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_wide_characters_and_marks_are_understood(codec: str) -> None:
    decoded = decode_text(page(JAPANESE, None).encode(codec), "iso-8859-1")

    assert decoded.text == page(JAPANESE, None)


def test_a_cut_character_leaves_the_rest_of_the_text() -> None:
    raw = page(RUSSIAN, "utf-8").encode()
    decoded = decode_text(raw.replace("рабочие".encode(), "рабочие".encode()[:-1]), None)

    assert "завершили забастовку" in decoded.text
    assert decoded.repaired


@pytest.mark.parametrize(
    "declared", ["utf-7", "hex", "rot13", "unicode_escape", "no-such-charset", "undefined"]
)
def test_a_charset_that_is_none_is_passed_over(declared: str) -> None:
    assert GERMAN in decode_text(page(GERMAN, declared).encode(), None).text


def test_binary_is_no_text() -> None:
    with pytest.raises(Rejected) as refused:
        decode_text(bytes(range(256)) * 50, None)

    assert refused.value.reason is ReasonCode.ENCODING_UNDECODABLE


HIGH = bytes(random.Random(7).choices(range(0x80, 0x100), k=3000))


@pytest.mark.parametrize(
    "body", [HIGH, HIGH[:80], b"<html><body><p>" + HIGH + b"</p>"], ids=["long", "short", "page"]
)
@pytest.mark.parametrize("declared", [None, "utf-8", "windows-1251", "windows-1252", "gb18030", "koi8-r"])
def test_bytes_that_mean_nothing_in_any_charset_are_no_text(body: bytes, declared: str | None) -> None:
    with pytest.raises(Rejected) as refused:
        decode_text(body, declared)

    assert refused.value.reason is ReasonCode.ENCODING_UNDECODABLE


def test_a_few_signs_of_another_charset_are_no_noise() -> None:
    assert (
        decode_text("Eintritt 3 £ – Kinder 1 £ – ermäßigt 2 £".encode("cp1252"), "windows-1252").text.count(
            "£"
        )
        == 3
    )


def test_stray_control_characters_are_dropped() -> None:
    raw = "The fer\x00ry\x0b sails\ufffe again on Monday. ".encode() + GERMAN.encode() * 2

    assert decode_text(raw, None).text == "The ferry sails again on Monday. " + GERMAN * 2


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "gb2312", "iso-2022-jp", "utf-16", "hz"]))
def test_any_bytes_are_text_or_rejected(raw: bytes, stated: str | None) -> None:
    try:
        text = decode_text(raw, stated).text
    except Rejected as refused:
        text = refused.reason

    assert text is ReasonCode.ENCODING_UNDECODABLE or text.encode("utf-8", "strict") is not None
    assert not any(character in text for character in "\x00\x0b\ufffe\uffff")


def test_detection_reads_only_the_beginning() -> None:
    raw = ("<p>" + RUSSIAN * 20_000).encode("cp1251")
    start = time.process_time()
    decode_text(raw, None)

    assert time.process_time() - start < 5
