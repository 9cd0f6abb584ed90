"""Captions and photo credits: they belong to a picture, so they leave the body and go with the media.

A line is a caption because a photo credit ends it, opens it, or stands alone below it. An agency in brackets at the end
of a paragraph, `(dpa)`, credits the text and makes no caption; `(Jane Doe/dpa)` credits a photographer and does.
"""

import re
from dataclasses import dataclass

from pipelines.core.fold import folded_words
from pipelines.core.page.stripped.lines import Line, Rule, Sheet
from schemas.article_parts import Media

_MAX_CAPTION_WORDS = 70
_MAX_CREDIT_CHARS = 140
_DOUBLE_MIN_WORDS = 3
_CAPTION_BLOCK_LINES = 4

_PHOTO = (
    r"photos?|photo credit|photo by|photograph|photo courtesy|file photo|file image|images?|image credits?|pictures?|picture credit|pic|credits?|"
    r"courtesy|(?:image |photo |picture )?caption|bildunterschrift|légende|leyenda|didascalia|foto|fotos|fotocredit|bild|bilder|bildquelle|bildrechte|grafik|archivbild|archivfoto|symbolbild|"
    r"crédit|crédits|crédit photo|crédits photo|imagen|imágenes|fotografía|imagem|fotografia|immagine|beeld|kuva|zdjęcie|fot|fot\.|"
    r"фото|фотография|изображение|фотографія|写真|画像|撮影|图|图片|图片来源|圖|圖片|摄|攝|사진|gambar|ảnh|fotoğraf|görsel|zdroj foto|nuotr|nuotr\.|صورة"
)
_AGENCIES = (
    r"getty(?: images)?|afp|ap|associated press|reuters|epa(?:-efe)?|efe|dpa|ansa|tass|xinhua|anadolu|pti|ani|aap|afp photo|ap photo|"
    r"picture[- ]alliance|imago(?: images)?|istock(?:photo)?|shutterstock|alamy|ntb|tt|ritzau(?: scanpix)?|scanpix|anp|belga|lusa|pap|keystone|bloomberg"
)
_END_BRACKET = re.compile(
    rf"\s*[(\[（【]\s*((?:{_PHOTO})\s*(?:[:：/|]|by\b|courtesy\b|\s+\w)[^()（）]{{0,100}}|(?:ap|afp|reuters|epa) (?:file )?(?:photo|image)[^()]{{0,80}}|"
    rf"[^()/]{{2,40}}\s[^()/]{{2,40}}/[^()]{{0,40}}(?:{_AGENCIES})|[^()]{{0,60}}getty images[^()]{{0,40}}|(?:file|archiv(?:bild|foto)?|symbolbild|file photo))\s*[)\]）】]\.?$",
    re.IGNORECASE,
)
_END_LABEL = re.compile(
    rf"(?:^|(?<=[\s.!?…\"”|)。]))((?:{_PHOTO})\s?[:：©]\s?(?:[^.:!?。]|(?<=[\s.：:©-][^\W\d_])\.){{2,90}}(?:\.\w{{2,4}}|\.)?|©\s?[^.!?]{{2,80}}(?:\.\w{{2,4}})?)$",
    re.IGNORECASE,
)
_END_AGENCY = re.compile(
    rf"(?:^|[\s.|/—–-])((?:[^\s.!?|/]+\s){{0,4}}[^\s.!?|/]*\s?[/|]\s?(?:{_AGENCIES})|(?:[^\s.!?]+\s){{0,4}}(?:via\s)?getty images(?:/[^\s.]+)?|"
    r"(?:reuters|ap photo|afp photo)\s?/\s?[^.!?]{2,40})\)?$",
    re.IGNORECASE,
)
# A person and a source in brackets behind a full stop: whoever they are, they took the picture.
_END_PERSON = re.compile(r"(?<=[.!?])\s*\(((?:[^\W\d_]\S{0,20}\s){1,3}[^\W\d_]\S{0,20}/[^()/]{2,30})\)$")
# `EFE/ J. Lind`: an agency in capitals, a stroke, and a name, where a sentence would have ended.
_END_STROKE = re.compile(
    r"(?:^|(?<=[\s.]))((?:EFE|AFP|AP|EPA|ANSA|REUTERS|DPA|LUSA|TASS|PAP|APA|NTB|ANP|BELGA|XINHUA)(?:/[A-Z]{2,7})?\s?/\s?"
    r"(?:[A-ZÀ-Þ][\w.’'-]{0,20}\s?){1,4})$"
)
_OPENS = re.compile(
    rf"^\W*(?:(?:{_PHOTO})\s?[:：]|(?:file photo|file)\s?[:：–—-]\s|(?:file|archive) (?:photo|image|picture)[,.]\s|in this (?:\S+ ){{0,5}}(?:file )?(?:photo|image)\b|"
    r"(?:this |an? )?(?:undated |handout )?(?:file |handout |aerial |combination )?(?:photo|image|picture) (?:taken|provided|released|published|shows)\b)",
    re.IGNORECASE,
)
# `[Photo taken on 2 March 2026. AFP]` says what the picture shows, so it is a caption and no credit of the line above.
_TELLS = re.compile(
    r"^\W*(?:file |handout )?(?:photo|image|picture) (?:taken|provided|released|published|shows)\b",
    re.IGNORECASE,
)
_ALL_CONTENT = re.compile(
    r"^\W*(?:all |entire )?(?:contents?|texts?|material|site|website)\s+(?:is |are )?(?:©|\(c\)|copyright)",
    re.IGNORECASE,
)
# A year or a reservation of rights makes it the page's own copyright line, not a photographer's.
_PAGE_COPYRIGHT = re.compile(
    r"^\W*(?:©|\(c\)|copyright).*(?:(?:19|20)\d\d|rights|rechte|droits|derechos|direitos)", re.IGNORECASE
)
_NAME_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Credited:
    caption: str
    credit: str | None


def strike_captions(sheet: Sheet) -> tuple[Media, ...]:
    """Strike out captions and credits; return them as media, each once, in the order of the page."""
    found: dict[str, Media] = {}
    for index, line in enumerate(sheet.lines):
        may_be = line.words <= _MAX_CAPTION_WORDS and index not in sheet.signed
        credited = _credited(line) if may_be else None
        if credited is None or _is_of_page(line, credited):
            continue
        caption = credited.caption or _caption_above(sheet, index)
        if not caption and index > sheet.last_prose and line.text.startswith("©"):
            sheet.strike(index, Rule.COPYRIGHT)  # of the text: no picture stands with it
            continue
        sheet.strike(index, Rule.CAPTION if credited.caption else Rule.CREDIT)
        _strike_double(sheet, index, credited.caption)
        role = "main" if index <= sheet.first_prose and not found else "inline"
        found.setdefault(
            f"{caption}\n{credited.credit}", Media(role=role, caption=caption or None, credit=credited.credit)
        )
    _strike_again(sheet, tuple(found.values()))
    return tuple(found.values())


def _is_of_page(line: Line, credited: _Credited) -> bool:
    """Whether what looks like a credit is the page's own copyright line."""
    if _ALL_CONTENT.match(line.text):
        return True
    return not credited.caption and _PAGE_COPYRIGHT.search(line.text) is not None


def _credited(line: Line) -> _Credited | None:
    """Caption and credit of a line, `None` where it has neither. The caption is empty for a credit alone."""
    tail = line.text[-_MAX_CREDIT_CHARS:]
    for pattern in _patterns_for(tail):
        found = pattern.search(tail)
        if found is not None:
            credit = found.group(1)
            caption = line.text[: len(line.text) - len(tail) + found.start()].rstrip(" |–—-/(")
            if not caption and (_TELLS.match(line.text) or not _is_name(_OPENS.sub("", credit))):
                break
            opening = _OPENS.match(caption)
            return _Credited(caption[opening.end() :].strip() if opening else caption, credit)
    opening = _OPENS.match(line.text)
    if opening is None:
        return None
    is_label = line.text[opening.end() - 1] in ":："
    return _Credited(
        (line.text[opening.end() :].strip() if is_label else "") or line.text.strip("[]() "), None
    )


def _is_name(credit: str) -> bool:
    """Whether a credit that stands alone names somebody, and is not a caption behind the word `Photo:`."""
    words = credit.split()
    return len(words) <= _NAME_WORDS and not any(
        word[0].islower() and len(word) > 3 and "." not in word for word in words
    )


def _patterns_for(tail: str) -> list[re.Pattern[str]]:
    """The patterns whose marks the end of the line holds at all: searching is dear, looking is cheap."""
    patterns: list[re.Pattern[str]] = []
    if tail.rstrip(".")[-1:] in ")])】）":
        patterns += (_END_BRACKET, _END_PERSON)
    if any(mark in tail for mark in ":：©"):
        patterns.append(_END_LABEL)
    if "/" in tail or "|" in tail or "getty" in tail.lower():
        patterns += (_END_AGENCY, _END_STROKE)
    return patterns


def _caption_above(sheet: Sheet, index: int) -> str:
    """The line above a lone credit, when both stand in one small block: that is its caption.

    A paragraph of prose is none: a text may end in `© Northpress`, and losing its last paragraph is the worse mistake.
    """
    block = sheet.lines[index].block
    above = index - 1
    if (
        above < 0
        or sheet.lines[above].is_prose
        or sheet.lines[above].block != block
        or sheet.lines[above].words > _MAX_CAPTION_WORDS
    ):
        return ""
    size = sum(1 for line in sheet.lines[max(0, index - 5) : index + 5] if line.block == block)
    if size > _CAPTION_BLOCK_LINES:
        return ""
    sheet.strike(above, Rule.CAPTION)
    _strike_double(sheet, above, sheet.lines[above].text)
    return sheet.lines[above].text


def _strike_again(sheet: Sheet, media: tuple[Media, ...]) -> None:
    """Strike out the lines that say a caption once more."""
    captions = {folded_words(one.caption) for one in media if one.caption}
    for index, line in enumerate(sheet.lines):
        if line.words >= _DOUBLE_MIN_WORDS and line.key in captions:
            sheet.strike(index, Rule.REPEAT)


def _strike_double(sheet: Sheet, index: int, caption: str) -> None:
    """A caption often stands twice: alone (the picture's alternative text), then with its credit."""
    if not caption or index == 0:
        return
    above = sheet.lines[index - 1]
    if above.words >= _DOUBLE_MIN_WORDS and sheet.lines[index].key.startswith(above.key):
        sheet.strike(index - 1, Rule.REPEAT)
