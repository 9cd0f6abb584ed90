"""Which dates of a stripped page are read, and which of them is its publication."""

import pytest

from pipelines.core.page.stripped import read_stripped_text
from pipelines.core.page.stripped.dates import find_date
from schemas.article_parts import Precision, Zone

BODY = """
The council of Marnow voted on Tuesday for a tram line between the station and the university.
The line will cost about ninety million, half of which the state will pay over the next six years.
"""

DATES = [
    ("2026-03-02", "2026-03-02T00:00:00+00:00", Precision.DAY, Zone.ASSUMED),
    ("2026-03-02T09:15:30+02:00", "2026-03-02T07:15:30+00:00", Precision.SECOND, Zone.STATED),
    ("2026.03.02 09:15", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("02.03.2026, 09:15 Uhr", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("25/3/2026", "2026-03-25T00:00:00+00:00", Precision.DAY, Zone.ASSUMED),
    ("03/25/26", "2026-03-25T00:00:00+00:00", Precision.DAY, Zone.ASSUMED),
    ("03/04/2026 10:00 EST", "2026-03-04T15:00:00+00:00", Precision.MINUTE, Zone.STATED),
    ("March 2nd, 2026 at 9:15 pm GMT", "2026-03-02T21:15:00+00:00", Precision.MINUTE, Zone.STATED),
    ("2:16 PM ET, Jul 20, 2026", "2026-07-20T18:16:00+00:00", Precision.MINUTE, Zone.STATED),
    ("2 Mar 2026 9am ET", "2026-03-02T14:00:00+00:00", Precision.MINUTE, Zone.STATED),
    ("Mon, 2 Mar 2026 09:15:00 +0100", "2026-03-02T08:15:00+00:00", Precision.SECOND, Zone.STATED),
    ("2 March 2026 12:05 UTC+3", "2026-03-02T09:05:00+00:00", Precision.MINUTE, Zone.STATED),
    ("2 March 2026 12:05 IST", "2026-03-02T12:05:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2. März 2026, 9.15 Uhr MEZ", "2026-03-02T08:15:00+00:00", Precision.MINUTE, Zone.STATED),
    ("lundi 1er mars 2026 à 9h15", "2026-03-01T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2 de marzo de 2026 a las 10:15 CET", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.STATED),
    ("2 marzo 2026 alle 10:15", "2026-03-02T10:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2 de março de 2026 às 9h15", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2 maart 2026 om 9:15", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2 марта 2026 г., 10:20 МСК", "2026-03-02T07:20:00+00:00", Precision.MINUTE, Zone.STATED),
    ("2 marca 2026, godz. 10:15", "2026-03-02T10:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2 mars 2026 kl 10.15", "2026-03-02T10:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2026年3月2日 09:15", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2026年3月2日(月) 9時15分", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("31/02/2026, 2 March 2026 09:15", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
    ("2026년 3월 2일 09:15", "2026-03-02T09:15:00+00:00", Precision.MINUTE, Zone.ASSUMED),
]
NO_DATES = [
    "",
    "March 2026",
    "31/02/2026",
    "03/04/2026",
    "12:30",
    "call 555-2026-1",
    "version 1.2.3",
    "99.99.2026",
    "03/04/2026, 5 March 2026",
]

LABELLED = [
    "Published2026-03-02 09:15",
    "PUBLISHED: 2 March 2026, 09:15",
    "Published Monday, 2 March 2026 at 09:15",
    "First published on 2 March 2026 09:15",
    "• Posted on March 2, 2026, 9:15 am",
    "By Ilse Maren | Published March 2, 2026 9:15 am | 3 min read",
    "Updated 3 March 2026 10:00 Published 2 March 2026 09:15",
    "Published by Ilse Maren on 2 March 2026, 09:15",
    "Veröffentlicht am 2. März 2026 um 9.15 Uhr",
    "Publié le 2 mars 2026 à 9h15",
    "Publicado el 2 de marzo de 2026 a las 9:15",
    "Publicado em 2 de março de 2026 às 9h15",
    "Pubblicato il 2 marzo 2026 alle 9:15",
    "Gepubliceerd op 2 maart 2026 om 09:15",
    "Опубликовано 02.03.2026, 09:15",
    "Opublikowano: 2 marca 2026, 09:15",
    "Publicerad 2026-03-02 09:15",
    "Publisert 2. mars 2026 kl. 09.15",
    "发布时间2026-03-02 09:15",
    "公開日：2026年3月2日 09:15",
    "입력 2026.03.02 09:15",
    "Published\n2 March 2026, 09:15",
    "Veröffentlicht am:\n\n02.03.2026, 09:15 Uhr",
]
UNLABELLED = [
    "Published 31/02/2026 Updated 3 March 2026",
    "Tuesday, 24 March 2026",
    "Corvane, 24 March 2026",
    "Updated on 24 March 2026",
    "Last updated: 24.03.2026, 10:00",
    "Aktualisiert am 24. März 2026",
    "Mis à jour le 24 mars 2026",
    "更新时间：2026-03-24",
    "Today is Tuesday, March 24, 2026",
    "Divers at work on 24 March 2026. Photo: Lena Osk",
    "Photo: published 24 March 2026 by the town",
    "Published: 03/04/2026",
    "A study published on 24 March 2026 says that trams are cheap to run in small towns.",
    "Published",
]


@pytest.mark.parametrize(("text", "instant", "precision", "zone"), DATES, ids=[case[0] for case in DATES])
def test_a_date_is_read_with_its_unit_and_zone(text, instant, precision, zone):
    found = find_date(text)

    assert found is not None
    stated = found.stated
    assert (stated.instant.isoformat(), stated.precision, stated.zone) == (instant, precision, zone)


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_or_an_ambiguous_one_is_not_read(text):
    assert find_date(text) is None


@pytest.mark.parametrize(("day_first", "expected"), [(True, "2026-04-03"), (False, "2026-03-04")])
def test_an_ambiguous_date_is_read_when_the_order_is_told(day_first, expected):
    found = find_date("03/04/2026", day_first=day_first)

    assert found is not None
    assert found.stated.instant.date().isoformat() == expected


@pytest.mark.parametrize("label", LABELLED)
def test_a_date_labelled_as_publication_is_the_publication(label):
    found = read_stripped_text(f"Council agrees on new tram line\n{label}\n{BODY}", title=None)

    assert found.published is not None
    assert found.published.instant.isoformat() == "2026-03-02T09:15:00+00:00"
    assert len(found.paragraphs) == 2


@pytest.mark.parametrize("line", UNLABELLED)
def test_any_other_date_is_never_the_publication(line):
    found = read_stripped_text(f"{line}\nCouncil agrees on new tram line\n{BODY}\n{line}", title=None)

    assert found.published is None


def test_a_label_of_a_day_first_language_settles_an_ambiguous_date():
    found = read_stripped_text(f"Titel der Seite hier\nVeröffentlicht: 03/04/2026\n{BODY}", title=None)

    assert found.published is not None
    assert found.published.instant.date().isoformat() == "2026-04-03"


def test_a_labelled_date_below_a_closer_belongs_to_another_text():
    text = (
        f"Council agrees on new tram line\n{BODY}\nRelated articles\nOld trams sold\nPublished 2 March 2026\n"
    )

    assert read_stripped_text(text, title=None).published is None


def test_the_first_of_two_publication_dates_stands():
    text = f"Tram line agreed on by council\nPublished 2 March 2026\n{BODY}\nPublished 9 March 2026\n"

    published = read_stripped_text(text, title=None).published
    assert published is not None
    assert published.instant.day == 2
