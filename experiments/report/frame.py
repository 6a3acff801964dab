"""The frame of every page: one self-contained HTML file in both languages, with plotly.js inlined once and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from plotly.offline import get_plotlyjs

from experiments.report.markup import Content, Markup, data, div, join, packed, tag
from experiments.report.picture import Picture, Table
from experiments.report.theme import lighter, template
from experiments.report.voice import Voice, short, visible
from experiments.texts import LANGUAGES, TEXTS, Language, say

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
MOST_LETTERS = 400


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page, with its place in the contents list."""

    key: str
    name: str
    body: Markup


@dataclass(frozen=True, slots=True)
class Article:
    """The page in one language: what stands above the sections, and the sections."""

    title: str
    header: tuple[Content, ...]
    sections: tuple[Section, ...]


# ------------------------------------------------------------------------------------------------------------ the page
def document(articles: Mapping[Language, Article], tables: Mapping[str, Table], language: Language, name: str) -> str:
    """Return the whole page.

    Args:
        articles: by language.
        tables: what can be downloaded, by key; the same in every language.
        language: which article is shown first; the others are behind buttons.
        name: of the run, for the names of downloaded files.
    """
    library, script = get_plotlyjs(), _resource("page.js")
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            _policy([library, script]),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            tag("title", articles[language].title),
            Markup(f"<style>{_resource('page.css')}</style>"),
            Markup(f"<script>{library}</script>"),
        ]
    )
    settings = {
        "templates": {known: {theme: template(theme, known) for theme in ("light", "dark")} for known in LANGUAGES},
        "titles": {known: article.title for known, article in articles.items()},
        "old": {known: say("csv.old", known) for known in LANGUAGES},
        "lighter": lighter(),
        "tags": LANGUAGE_TAGS,
        "file": short(name, 60),
    }
    body = join(
        [
            _controls(language),
            *(_article(known, article, shown=known == language) for known, article in articles.items()),
            packed("tables", {key: table.csv() for key, table in tables.items()}),
            data("page", settings),
            Markup(f"<script>{script}</script>"),
        ]
    )
    start = f'<!DOCTYPE html>\n<html lang="{LANGUAGE_TAGS[language]}">\n'
    return f"{start}<head>{head.text}</head>\n<body>{body.text}</body>\n</html>\n"


def _resource(name: str) -> str:
    return resources.files("experiments.report").joinpath(name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str]) -> Markup:
    """Return a content security policy: only these scripts run, and nothing is fetched from anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    rules = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:"
    return Markup(f'<meta http-equiv="Content-Security-Policy" content="{rules}">')


def _controls(language: Language) -> Markup:
    """Return the buttons for language and theme."""
    languages = [
        tag(
            "button",
            TEXTS["language.name"][place],
            attributes={
                "type": "button",
                "class": "language",
                "data-language": known,
                "lang": LANGUAGE_TAGS[known],
                "aria-pressed": "true" if known == language else "false",
            },
        )
        for place, known in enumerate(LANGUAGES)
    ]
    both = " / ".join(TEXTS["theme.title"])
    theme = tag("button", "◐", attributes={"type": "button", "id": "theme", "title": both, "aria-label": both})
    return div("controls", *languages, theme)


def _article(language: Language, article: Article, *, shown: bool) -> Markup:
    attributes = {"lang": LANGUAGE_TAGS[language], "data-language": language}
    if not shown:
        attributes["hidden"] = ""
    sections = (
        tag("section", tag("h2", section.name), section.body, attributes={"id": f"{language}-{section.key}"})
        for section in article.sections
    )
    links = (
        tag("li", tag("a", section.name, attributes={"href": f"#{language}-{section.key}"}))
        for section in article.sections
    )
    contents = tag("nav", tag("strong", say("page.contents", language)), tag("ol", *links))
    header = tag(
        "header",
        tag("h1", article.title),
        *article.header,
        tag("noscript", tag("p", say("page.no_script", language))),
    )
    return tag("article", header, contents, tag("main", *sections), attributes=attributes)


# ------------------------------------------------------------------------------------------------------------ its parts
def cut(voice: Voice, text: str) -> str:
    """Return text from outside, cut where it would fill the page."""
    clean = visible(text[:MOST_LETTERS])
    return clean if len(text) <= MOST_LETTERS else clean + voice.say("cut", letters=len(text) - MOST_LETTERS)


def fold(summary: str, content: Content) -> Markup:
    """Return content that is shown when somebody opens it."""
    return tag("details", tag("summary", summary), content)


def csv_button(voice: Voice, key: str) -> Markup:
    """Return the button that downloads a picture's data."""
    return tag(
        "button",
        "CSV",
        attributes={"type": "button", "class": "csv", "data-table": key, "title": voice.say("csv.title")},
    )


def picture_body(voice: Voice, picture: Picture, level: str = "h3") -> Markup:
    """Return a picture: its finding, its views, its place for the plot, its caption and data."""
    identity = f"{voice.language}-{picture.key}"
    views = [
        tag(
            "button",
            view.label,
            attributes={
                "type": "button",
                "class": "view",
                "data-plot": identity,
                "data-view": str(n),
                "aria-pressed": "true" if n == 0 else "false",
            },
        )
        for n, view in enumerate(picture.views)
    ]
    shown = [{"visible": list(view.visible), "layout": dict(view.layout)} for view in picture.views]
    height = int(picture.layout.get("height", 420))
    return tag(
        "figure",
        tag(level, picture.title),
        div("tools", div("views", *views) if len(views) > 1 else "", csv_button(voice, picture.key)),
        tag(
            "div",
            attributes={
                "class": "plot",
                "id": f"plot-{identity}",
                "style": f"min-height:{height}px",
                "role": "img",
                "aria-label": picture.title,
            },
        ),
        data(f"figure-{identity}", {"figure": picture.figure, "views": shown}),
        tag("figcaption", picture.note) if picture.note else "",
    )


def picture_section(voice: Voice, picture: Picture) -> Section:
    """Return a section that holds one picture."""
    return Section(picture.key, voice.say(f"section.{picture.key}"), picture_body(voice, picture))
