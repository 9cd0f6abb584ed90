"""Sign-offs: an agency's name below the text is evidence for CreditAgencies, so it stays with the text it signs."""

from pipelines.core.credit.tail import sign_offs
from pipelines.core.page.stripped.furniture import phrase_form, phrases
from pipelines.core.page.stripped.lines import Sheet

# Twice the paragraphs in which a sign-off is looked for: furniture may stand between.
_MOST_LINES = 12
_MAX_SIGN_OFF_CHARS = 160


def keep_sign_offs(sheet: Sheet) -> None:
    """Mark the sign-offs below the last prose as `signed`, up to the head of what is no more the article.

    `© dpa-infocom, dpa:…` below a text signs it; below `Related stories` it is the foot of the page.
    """
    closers = phrases().closers
    for index in range(sheet.last_prose + 1, min(len(sheet.lines), sheet.last_prose + 1 + _MOST_LINES)):
        text = sheet.lines[index].text
        if len(text) > _MAX_SIGN_OFF_CHARS:
            continue
        if phrase_form(text) in closers:
            return
        if any(True for _ in sign_offs((text,), frozenset())):
            sheet.signed.add(index)
