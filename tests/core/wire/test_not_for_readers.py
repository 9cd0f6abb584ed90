"""What is not for readers reaches none, in whatever field, role, class or line it stands."""

import pytest

from pipelines.core.wire.html_text import markup_text
from tests.builders_wire import composed, ninjs

SECRET = "call Ada Vale at 555-0101"


def told(article):
    """Everything that a reader may be shown."""
    captions = [medium.caption or "" for medium in article.media]
    texts = (article.headline, article.abstract, article.body_text, article.correction_note, article.byline)
    return "\n".join([*(text or "" for text in texts), *captions])


def html(markup, **fields):
    return ninjs(bodies=[{"contenttype": "text/html", "value": markup}], **fields)


@pytest.mark.parametrize("fields", [{}, {"contenttype": "text/plain"}, {"contenttype": "text"}])
def test_markup_is_read_as_markup_whatever_its_type_says(fields):
    value = f'<p>Ferries sail.</p><section class="np-nonpublic"><p>{SECRET}</p></section>'
    article = composed(ninjs(bodies=[{"value": value, **fields}]))

    assert article.body_text == "Ferries sail."
    assert [line.line for line in article.removed_lines] == [SECRET]


@pytest.mark.parametrize(
    "tail",
    [
        f'<span class="np-nonpublic">{SECRET}',
        f"<aside class=notepad>{SECRET}",
        f"<custom class=notepad>{SECRET}",
        f"<!-- {SECRET} -->",
        f"<img src=x><i class='np-nonpublic'>{SECRET}",
    ],
)
def test_one_unclosed_tag_is_markup_too(tail):
    assert composed(ninjs(bodies=[{"value": f"Ferries\nsail. {tail}"}])).body_text.split() == [
        "Ferries",
        "sail.",
    ]


def test_markup_in_a_field_of_plain_text_is_read_as_markup():
    value = f'<p>Ferries sail.</p><div class="np-nonpublic">{SECRET}</div>'

    assert composed(ninjs(bodies=..., body_text=value)).body_text == "Ferries sail."


def test_plain_text_with_a_less_than_sign_stays_plain():
    value = "Growth is 3 <5 %.\nx<y and a < b.\na <b and c> d"

    assert composed(ninjs(bodies=[{"value": value}])).body_text == value


@pytest.mark.parametrize(
    "css_class",
    [
        "np-nonpublic",
        "notepad",
        "dpa-notepad",
        "np_nonpublic",
        "nonpublic_note",
        "x non-public",
        "NotepadPublic",
        "npNonPublic",
    ],
)
def test_every_class_that_marks_a_section_for_editors_hides_it(css_class):
    article = composed(html(f'<p>Ferries sail.</p><section class="{css_class}"><p>{SECRET}</p></section>'))

    assert article.body_text == "Ferries sail."


def test_a_class_named_inside_another_attribute_is_none():
    read = markup_text(f'<p>a</p><section title=" class=x" class="np-nonpublic">{SECRET}</section>')
    public = markup_text('<p title=" class=np-nonpublic">a</p>')

    assert (read.paragraphs, read.non_public) == (("a",), (SECRET,))
    assert public.paragraphs == ("a",)


def test_a_body_too_deep_to_walk_that_has_anything_for_editors_is_all_for_editors():
    deep = "<div>" * 300 + f'<p>Ferries sail.</p><section class="np-nonpublic"><p>{SECRET}</p></section>'
    read = markup_text(deep + "</div>" * 300)

    assert read.paragraphs == ()
    assert SECRET in read.non_public


@pytest.mark.parametrize("role", ["ednote", "nonpublic", "note", "editors", "internal", "notepad"])
def test_a_text_in_a_role_for_editors_is_in_nothing_for_readers(role):
    part = {"role": role, "value": SECRET}
    picture = {"name": "main", "type": "picture", "uri": "urn:p:1", "descriptions": [part]}
    article = composed(
        ninjs(
            headlines=[part],
            headline="Ferries",
            descriptions=[part],
            associations=[picture],
            bodies=[part, {"role": "main", "value": "Ferries sail."}],
        )
    )

    assert SECRET not in told(article)
    assert (article.headline, article.body_text) == ("Ferries", "Ferries sail.")
    assert SECRET in [line.line for line in article.removed_lines]


@pytest.mark.parametrize("role", ["main", "body", "story", "text", "", "Main"])
def test_a_body_in_a_role_for_readers_is_for_readers(role):
    assert composed(ninjs(bodies=[{"role": role, "value": "Ferries sail."}])).body_text == "Ferries sail."


@pytest.mark.parametrize(
    "name", ["notepad", "notes", "ednotes", "editors", "internal", "ednote", "note", "nonpublic"]
)
def test_a_body_field_for_editors_is_no_body(name):
    article = composed(ninjs(bodies=..., **{f"body_{name}": SECRET}))

    assert article.body_text is None
    assert SECRET in [line.line for line in article.removed_lines]


@pytest.mark.parametrize("line", [f"EDS: {SECRET}", f"Eds: {SECRET}", f"Not for publication: {SECRET}"])
def test_a_line_to_editors_is_in_no_abstract_caption_or_headline(line):
    picture = {
        "name": "main",
        "type": "picture",
        "uri": "urn:p:1",
        "descriptions": [{"value": f"Rain.\n{line}"}],
    }
    for abstract in ({"descriptions": [{"value": f"Rain.\n{line}"}]}, {"description_text": f"Rain.\n{line}"}):
        article = composed(ninjs(associations=[picture], **abstract))

        assert (article.abstract, article.media[0].caption) == ("Rain.", "Rain.")
    assert composed(ninjs(headlines=[{"value": line}])).headline is None
    assert composed(ninjs(description_html=f"<p>Rain.</p><p>{line}</p>")).abstract == "Rain."


@pytest.mark.parametrize(
    "status",
    [
        "withheld",
        "canceled",
        ["withheld"],
        [{"code": "canceled"}],
        {"code": "stat:canceled"},
        7,
        ["usable", "withheld"],
    ],
)
def test_a_medium_that_is_held_or_canceled_in_any_spelling_is_left_out(status):
    picture = {"name": "main", "type": "picture", "uri": "urn:p:1", "pubstatus": status}

    assert composed(ninjs(associations=[picture])).media == ()


@pytest.mark.parametrize(
    "status",
    [
        "usable",
        "stat:usable",
        {"qcode": "stat:usable"},
        None,
        "http://cv.iptc.org/newscodes/pubstatusg2/usable",
    ],
)
def test_a_usable_medium_is_kept(status):
    picture = {"name": "main", "type": "picture", "uri": "urn:p:1", "pubstatus": status}

    assert len(composed(ninjs(associations=[picture])).media) == 1


def test_a_medium_under_any_embargo_is_left_out():
    picture = {"name": "main", "type": "picture", "uri": "urn:p:1", "embargoUntil": "2027-01-01"}

    assert composed(ninjs(associations=[picture])).media == ()


@pytest.mark.parametrize(
    "line",
    [
        "Hinweis: Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt",
        "## Redaktionelle Hinweise",
        "# Notizblock",
        "Redaktioneller Hinweis:",
        "Notizblock",
        "* * * *\u00a0Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt",
        "Note: The following information is not intended for publication",
    ],
)
def test_from_a_notebook_line_on_nothing_is_for_readers(line):
    article = composed(ninjs(bodies=[{"value": f"Ferries sail.\n{line}\n{SECRET}"}]))

    assert article.body_text == "Ferries sail."


@pytest.mark.parametrize(
    "line",
    ["Notizblock und Stift lagen bereit.", "Der Hinweis kam aus der Redaktion.", "Hinweis: Die Fähre fährt."],
)
def test_a_sentence_with_these_words_is_for_readers(line):
    assert line in composed(ninjs(bodies=[{"value": f"Ferries sail.\n{line}"}])).body_text


def test_a_canceled_item_keeps_no_paragraph_of_its_body():
    body = f'<p>Ferries sail.</p><section class="np-nonpublic"><p>{SECRET}</p></section>'
    kill = composed(html(body, pubstatus="canceled", ednote="libel"))

    assert [line.line for line in kill.removed_lines] == ["libel"]
