"""Sentences that a page says of itself: cookies, consent, newsletters, scripts. They look like prose and are none.

A notice opens with what the site does or asks, and holds a second sign that it speaks of itself: `We use cookies` alone
opens a baker's quotation too, `We use cookies … on our site` does not. The opening is bound to the start of the line, and
quotation marks open no notice, so a sentence that tells of cookies stays.
"""

import re

# The longest of the notices found on 220 real pages has 229.
_MAX_NOTICE_CHARS = 400

_COOKIES = r"(?:cookies?|cookie-?(?:dateien|filer|bestanden)|kakor|informasjonskapsler|evästeitä|çerez\w*|sütiket|файлы cookie|куки|クッキー|쿠키)"
_SITE_DOES = re.compile(
    r"[^\w\"“”„«»‘’'「『]*(?:"
    r"(?:we|our partners|we and our (?:\w+ ){0,3}partners|(?:this|our) (?:web ?)?(?:site|page)s?|(?!the\b)\S{2,40}\.\w{2,10})"
    r" (?:may )?uses? (?:\w+ ){0,3}"
    r"|wir (?:verwenden|nutzen|setzen) (?:\w+ ){0,3}|(?:diese|unsere) (?:web)?(?:site|seite) (?:verwendet|nutzt|benutzt) (?:\w+ ){0,2}"
    r"|(?:nous utilisons|(?:ce|notre) site (?:web |internet )?utilise) (?:des |les )?"
    r"|(?:utilizamos|usamos|(?:este|nuestro|nosso) (?:sitio|site|portal)(?: web)? (?:utiliza|usa)) (?:\w+ ){0,2}"
    r"|(?:utilizziamo|usiamo|questo sito (?:web )?(?:utilizza|usa)) (?:i )?"
    r"|(?:wij|we) gebruiken (?:\w+ ){0,2}|deze (?:web)?site (?:gebruikt|maakt gebruik van) (?:\w+ ){0,2}"
    r"|vi (?:använder|bruger|bruker) (?:\w+ ){0,2}|käytämme |używamy (?:plików )?|(?:ta strona|nasza strona|serwis) (?:używa|korzysta z) (?:plików )?"
    r"|мы используем |(?:этот|наш) сайт использует |ми використовуємо |kami menggunakan |folosim |当サイトでは|我们使用"
    rf")(?=\W?{_COOKIES})",
    re.IGNORECASE,
)
_OF_ITSELF = re.compile(
    r"\b(?:site|website|webseite|websites?|sites?|experience|consent|agree|accept|privacy|policy|browsing|browse|traffic|analy\w+|"
    r"personali[sz]\w*|advert\w*|ads|visit\w*|partners?|preferences|settings|einwillig\w*|datenschutz\w*|nutzung\w*|website-\w+|erfahrung|"
    r"expérience|navigation|publicité|experiencia|navegación|experiência|navegação|esperienza|navigazione|ervaring|upplevelse|oplevelse|"
    r"opplevelse|käyttökokemus\w*|stron\w+|сайт\w*|pengalaman|situs|experiența)\b|サイト|网站|体验",
    re.IGNORECASE,
)
# These speak of nothing but a site: no second sign is needed.
_ASKS = re.compile(
    r"[^\w\"“”„«»‘’'「『]*(?:"
    r"by (?:continuing|using|clicking|browsing|subscribing|signing up|submitting|closing|providing|entering)\b"
    r".{0,80}\b(?:site|website|page|services?|app|browse|button|accept|sign(?:ing)? up|subscrib\w+|submit\w*|e-?mail|form|banner)\b"
    r".{0,80}\byou\b.{0,60}\b(?:agree|accept|consent|acknowledge)\b.{0,60}\b(?:our|terms|cookies?|privacy|emails?)\b"
    r"|(?:durch|mit) (?:die|der) (?:weitere )?nutzung (?:der|unserer|dieser) (?:web)?(?:site|seite|dienste)\b"
    r"|en (?:poursuivant|continuant) (?:votre|la|à) .{0,40}\bvous acceptez\b"
    r"|(?:si continúa|al continuar) navegando\b|ao continuar (?:navegando|a navegar)\b|continuando (?:a navigare|la navigazione)\b"
    r"|(?:sign up|subscribe|register) (?:for free )?(?:for|to) (?:our|the (?:free )?[\w’' ]{2,40}) newsletters?\b"
    r"|get (?:our|the) [\w’' ]{2,60} (?:delivered |sent )?(?:straight |direct(?:ly)? )?(?:in|to) your inbox\b"
    r"|(?:abonnieren sie|melden sie sich (?:für|zu)) (?:unseren|den|unserem) [\w-]{0,20}newsletter\b"
    r"|(?:abonnez-vous|inscrivez-vous) à (?:notre|nos|la) (?:\w+ )?(?:newsletters?|lettre)\b"
    r"|(?:suscríbete|suscríbase) a (?:nuestr[oa]s?|la) (?:newsletters?|bolet[ií]n\w*)\b"
    r"|(?:bitte )?aktivieren sie (?:bitte )?javascript\b"
    r"|(?:if|when) you (?:buy|purchase|click)\b.{0,120}\bwe (?:may )?(?:earn|receive|get)\b.{0,40}\bcommissions?\b"
    r"|we may (?:earn|receive) (?:a )?commissions?\b|this (?:article|post|page|story) (?:may )?contains? (?:affiliate|referral)\b\b"
    r"|this (?:site|form) is protected by recaptcha\b|(?:please )?(?:enable|turn on|activate) javascript\b|javascript (?:is|must be|seems to be) \w+\b.{0,40}\bbrowser\b"
    r"|if you (?:value|like|enjoy|appreciate|trust|rely on|believe in) (?:our|this|what we)\b.{0,80}"
    r"\b(?:consider|donat\w+|subscri\w+|gift|contribut\w+|support)\b.{0,60}$"
    r"|please consider (?:making )?(?:a )?(?:small |monthly )?(?:gift|donati\w+|donating|supporting|subscri\w+|contribut\w+)\b.{0,60}$"
    r"|your (?:email|e-mail) address will not be (?:published|shared)\b"
    r")",
    re.IGNORECASE,
)


# Whose the page is, and then `we`: an agency's copyright line, which is evidence of the origin, speaks of no `we`.
_OWNER_SPEAKS = re.compile(
    r"\W*(?:©|\(c\)|copyright)\s*(?:©\s*)?(?:19|20)\d\d\b.{3,120}\b(?:we|our|us|wir|unsere?|nous|notre|nosotros|nuestr[oa]|noi|nostr[oa]|wij|onze)\b",
    re.IGNORECASE,
)


def is_notice(line: str) -> bool:
    """Whether a whole line is a sentence of the site about itself.

    >>> is_notice("We use cookies to make this site better for you.")
    True
    >>> is_notice("We use cookies to calm the dogs, the vet said.")
    False
    """
    if len(line) > _MAX_NOTICE_CHARS:
        return False
    does = _SITE_DOES.match(line)
    return (does is not None and _OF_ITSELF.search(line) is not None) or any(
        pattern.match(line) for pattern in (_ASKS, _OWNER_SPEAKS)
    )
