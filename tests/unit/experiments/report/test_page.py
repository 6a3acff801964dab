"""The page: one file, nothing fetched, everything from outside escaped."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from experiments.report import write_report
from experiments.report.markup import data, render, tag
from sim import InputError
from tests.unit.experiments.report.example import HOSTILE, example

MOST_BYTES = 8_000_000


class Page(HTMLParser):
    """What a browser would see: elements, attributes, and text outside scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.scripts, self.open = [], [], [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag in {"script", "style"}:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in {"script", "style"}:
            self.open.pop()

    def handle_data(self, text):
        if not self.open:
            self.words.append(text)
        elif self.open[-1][0] == "script":
            identity = self.open[-1][1].get("id", f"code{len(self.scripts)}")
            self.scripts[identity] = self.scripts.get(identity, "") + text


def page(tmp_path, language="en", **settings):
    path = tmp_path / "report.html"
    write_report(example(**settings), path, language)
    return path, Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return page(tmp_path_factory.mktemp("usual"))


def test_it_is_one_file_below_eight_megabytes_with_one_plotly(usual):
    path, found = usual
    assert path.stat().st_size < MOST_BYTES
    assert len([name for name in found.scripts if name.startswith("code")]) == 2
    assert path.read_text(encoding="utf-8").count("plotly.js v") == 1


def test_it_names_nothing_to_fetch(usual):
    _, found = usual
    assert not {"link", "iframe", "img", "object", "embed", "base"} & set(found.tags)
    assert not [a for a in found.attributes if a[1] in {"src", "srcset", "action"}]
    assert all(value.startswith("#") for _, name, value in found.attributes if name == "href")
    policy = next(value for _, name, value in found.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_every_entry_of_the_contents_leads_somewhere(usual):
    _, found = usual
    places = [value for _, name, value in found.attributes if name == "id"]
    links = [value.removeprefix("#") for _, name, value in found.attributes if name == "href"]
    assert len(links) == 2 * 21
    assert set(links) <= set(places)
    assert len(places) == len(set(places))


def test_no_number_is_printed_as_nan(tmp_path):
    for replications in (1, 8):
        _, found = page(tmp_path, replications=replications)
        assert not re.search(r"\bnan\b", " ".join(found.words), re.IGNORECASE)


def test_names_from_outside_stay_text(tmp_path):
    path, found = page(tmp_path, names=HOSTILE)
    assert path.stat().st_size < MOST_BYTES
    assert "alert(1)" not in "".join(text for name, text in found.scripts.items() if name.startswith("code1"))
    assert "b" in found.tags  # our own, for values
    assert all("alert" not in tag for tag in found.tags)
    text = " ".join(found.words)
    assert "<script>alert(1)</script>" in text
    assert "\u202e" not in path.read_text(encoding="utf-8")
    assert max(map(len, found.words)) < 1200
    assert found.tags.count("script") == Page(_usual_text(tmp_path)).tags.count("script")


def _usual_text(tmp_path):
    write_report(example(), tmp_path / "plain.html")
    return (tmp_path / "plain.html").read_text(encoding="utf-8")


def test_the_downloads_hold_every_picture_and_no_formula(tmp_path):
    _, found = page(tmp_path, names=HOSTILE)
    tables = json.loads(gzip.decompress(base64.b64decode(found.scripts["tables"])))
    asked = {value for _, name, value in found.attributes if name == "data-table" and not value.endswith("-metrics")}
    assert asked == set(tables)
    assert not re.search(r"(?m)(^|,)\"?[=+@]", "\n".join(tables.values()))
    assert "'=HYPERLINK" in tables["curves"]


@pytest.mark.parametrize(
    ("language", "title", "shown", "hidden"),
    [
        ("en", "Duecourse comparison: example <b>card</b>", "en", "zh"),
        ("zh", "Duecourse 策略对比：example <b>card</b>", "zh", "en"),
    ],
)
def test_the_language_asked_for_is_shown_first(tmp_path, language, title, shown, hidden):
    path, _ = page(tmp_path, language)
    text = path.read_text(encoding="utf-8")
    assert f'data-language="{shown}"><header>' in text
    assert f'data-language="{hidden}" hidden><header>' in text
    assert text.index(render(tag("title", title))) > 0


def test_an_unknown_language_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match="expected en or zh"):
        write_report(example(), tmp_path / "report.html", "fr")
    assert not (tmp_path / "report.html").exists()


def test_the_same_result_gives_the_same_bytes(tmp_path):
    write_report(example(), tmp_path / "a.html")
    write_report(example(), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_result_with_nothing_to_tell_is_still_a_page(tmp_path):
    bare = replace(
        example(),
        warnings=(),
        assumptions=(),
        exclusions=(),
        portfolio_notes=(),
        timelines={},
        command="",
        version="",
        run_dir="",
        redrawn=(),
        description="",
    )
    write_report(bare, tmp_path / "report.html")
    text = " ".join(Page((tmp_path / "report.html").read_text(encoding="utf-8")).words)
    for sentence in ("No account was left out", "Every behaviour value names a published source", "No single lives"):
        assert sentence in text


def test_assumptions_warnings_exclusions_and_commands_are_there(usual):
    text = " ".join(usual[1].words)
    for part in (
        "Numbers are made up.",
        "behaviour.payment.payday_factor",
        "1 to 2.5",
        "no range given",
        "balance <= 0",
        "1,692",
        "Months late are read as 30 days each.",
        "duecourse compare scenarios/example.yaml",
        "duecourse rerun runs/example-1/manifest.json",
        f"{2:064x}",
    ):
        assert part in text, part


def test_data_in_the_page_cannot_end_its_script():
    written = data("x", {"a": "</script><script>alert(1)</script>&\u2028"}).text
    assert written.count("<") == 2
    assert json.loads(written.split(">", 1)[1].rsplit("<", 1)[0])["a"] == "</script><script>alert(1)</script>&\u2028"


def test_text_in_markup_is_escaped_and_markup_is_not():
    assert (
        tag("p", "<b>", tag("i", "&"), attributes={"title": '"'}).text == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    )
