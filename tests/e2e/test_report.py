"""What a reader of the report sees: pictures drawn, nothing fetched, data to download, two languages, dark and light."""

from __future__ import annotations

import csv
import time

import pytest

from experiments.report import write_report
from experiments.report.question_pages import sensitivity_page, sweep_page
from tests.unit.experiments.questions import sensitivity, sweep
from tests.unit.experiments.report.example import HOSTILE, example

pytestmark = pytest.mark.browser

PICTURES = ("net", "curves", "difference", "funnel", "capacity", "cost", "harm", "frontier", "roll", "flow", "amounts",
            "segments", "hours", "life0")
WITHOUT_AXES = {"flow"}
WAIT_S = 60.0

# Marks of traces: lines, bars, points. A plot without any of them is an empty frame.
MARKS = """
return [...document.querySelectorAll("article:not([hidden]) .plot")].map(plot => ({
    id: plot.id.split("-").slice(2).join("-"),
    marks: plot.querySelectorAll(
        ".js-line, .bars .point, .points path, .points .point, .heatmaplayer image, .sankey-link").length,
    width: plot.querySelector("svg.main-svg") ? plot.querySelector("svg.main-svg").clientWidth : 0,
    titles: [...plot.querySelectorAll(".xtitle, .ytitle")].map(title => title.textContent)}))
"""


def wait_until(met):
    """Wait until a condition holds and return what it returned."""
    deadline = time.monotonic() + WAIT_S
    while not (found := met()):
        assert time.monotonic() < deadline, f"still not after {WAIT_S:.0f} s"
        time.sleep(0.1)
    return found


def drawn(browser):
    """Wait until every plot that is shown is drawn, and return what is in them."""
    wait_until(
        lambda: browser.execute_script(
            "return [...document.querySelectorAll('article:not([hidden]) .plot')].every(p => p.dataset.drawn === 'yes')"
        )
    )
    return {plot["id"]: plot for plot in browser.execute_script(MARKS)}


def shown(browser, result, path, language="en"):
    """Write a report, open it, and return its plots."""
    write_report(result, path, language)
    browser.get_log("browser")
    browser.get(path.as_uri())
    return drawn(browser)


@pytest.fixture
def report(browser, tmp_path):
    """Return a browser that shows the report of the hand-made comparison."""
    shown(browser, example(), tmp_path / "report.html")
    return browser


@pytest.mark.parametrize("replications", [8, 1])
def test_every_picture_is_drawn_with_units_on_its_axes(browser, tmp_path, replications):
    plots = shown(browser, example(replications=replications), tmp_path / "report.html")
    assert set(plots) == set(PICTURES)
    for name, plot in plots.items():
        assert plot["marks"] > 0, name
        assert plot["width"] > 300, name
        assert any(plot["titles"]) or name in WITHOUT_AXES, name
    assert browser.get_log("browser") == []


def test_nothing_is_fetched_and_the_console_is_silent(report):
    report.find_element("css selector", "button[data-language=zh]").click()
    drawn(report)
    report.find_element("id", "theme").click()
    fetched = report.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in fetched if not name.startswith(("data:", "blob:"))] == []
    assert report.get_log("browser") == []


def test_a_script_that_is_not_ours_would_not_run(report):
    report.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.foreign = 1';document.body.append(s)"
    )
    assert report.execute_script("return window.foreign") is None
    assert any("Content Security Policy" in entry["message"] for entry in report.get_log("browser"))


@pytest.mark.parametrize("key", ["net", "hours", "life0", "segments", "steps", "groups", "metrics", "assumptions", "exclusions"])
def test_a_download_gives_rows(report, tmp_path, key):
    folder = tmp_path / "downloads"
    report.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    button = f"article:not([hidden]) button.csv[data-table={key}]"
    report.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    report.execute_script("arguments[0].click()", report.find_element("css selector", button))
    # The browser puts an empty file under the name first, and the finished download in its place.
    file = wait_until(lambda: next((file for file in folder.glob("*.csv") if file.stat().st_size), None))
    assert file.name == f"example-b-card-b--{key}.csv"
    with file.open(encoding="utf-8-sig", newline="") as handle:
        head, *rows = csv.reader(handle)
    assert rows
    assert all(len(row) == len(head) for row in rows)


def test_the_language_is_switched_in_the_page(report):
    report.find_element("css selector", "button[data-language=zh]").click()
    plots = drawn(report)
    assert report.title == "Duecourse 策略对比：example <b>card</b>"
    assert report.execute_script("return document.documentElement.lang") == "zh-CN"
    assert "优于冠军策略" in report.find_element("css selector", "article:not([hidden]) .headline").text
    assert "活动天数（第 1 天：2025-09-01）" in plots["curves"]["titles"]
    report.find_element("css selector", "button[data-language=en]").click()
    assert "beats the champion" in report.find_element("css selector", "article:not([hidden]) .headline").text


def test_a_chinese_report_opens_in_chinese(browser, tmp_path):
    plots = shown(browser, example(), tmp_path / "report.html", "zh")
    assert plots["funnel"]["marks"] > 0
    assert browser.find_element("css selector", "article:not([hidden]) h2").text == "结论"


def test_a_view_changes_the_picture(report):
    axis = "return document.querySelector('#plot-en-curves .ytitle').textContent"
    assert report.execute_script(axis) == "recovered, % of balance at entry"
    report.find_element("css selector", "button.view[data-plot=en-curves][data-view='1']").click()
    wait_until(lambda: report.execute_script(axis) == "recovered, CNY, whole portfolio")


def test_the_table_shows_the_differences_that_are_asked_for(report):
    table = "en-metrics"
    gaps = (
        "return [0, 1].map(n => [...document.querySelectorAll('#en-metrics .gap' + n)]"
        ".some(e => e.offsetParent !== null))"
    )
    assert report.execute_script(gaps) == [False, True]
    report.find_element("css selector", f"button.against[data-table={table}][data-against=all]").click()
    assert report.execute_script(gaps) == [True, True]


def test_a_strategy_that_is_put_away_is_gone_everywhere_and_comes_back(report):
    """Lines, bars, points of shared traces, the table's columns and the lanes of single lives; nothing else goes."""
    count = """return {
        lines: document.querySelectorAll('#plot-en-curves .legendtext').length,
        bars: document.querySelectorAll('#plot-en-funnel .bars').length,
        net: document.querySelectorAll('#plot-en-net .points path').length,
        cost: document.querySelectorAll('#plot-en-cost .ytick').length,
        columns: [...document.querySelectorAll('#en-metrics thead th')].filter(e => e.offsetParent).length,
        lanes: document.querySelectorAll('#en-lives .lane:not([hidden])').length}"""
    before = report.execute_script(count)
    button = report.find_element("css selector", "article:not([hidden]) button.strategy[data-group=s2]")
    button.click()
    fewer = {"lines": 1, "bars": 1, "net": 1, "cost": 1, "columns": 1, "lanes": 1}
    wait_until(lambda: report.execute_script(count) == {key: before[key] - fewer[key] for key in before})
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    wait_until(lambda: report.execute_script(count) == before)
    assert report.get_log("browser") == []


def test_dark_and_light_change_the_page_and_the_pictures(report):
    ink = "return getComputedStyle(document.querySelector('#plot-en-curves .xtitle')).fill"
    back = "return getComputedStyle(document.body).backgroundColor"
    before = report.execute_script(ink), report.execute_script(back)
    report.find_element("id", "theme").click()
    wait_until(lambda: report.execute_script(ink) != before[0])
    assert report.execute_script(back) != before[1]


def test_the_hover_of_the_funnel_gives_both_denominators(report):
    report.execute_script("Plotly.Fx.hover('plot-en-funnel', [{curveNumber: 1, pointNumber: 3}])")
    text = wait_until(
        lambda: report.execute_script(
            "return [...document.querySelectorAll('#plot-en-funnel .hovertext')].map(e => e.textContent).join('')"
        )
    )
    assert "of accounts entered" in text
    assert "of answered" in text
    assert "call_ladder" in text


def test_hostile_names_are_shown_as_they_are_and_run_nothing(browser, tmp_path):
    browser.execute_script("window.alert = () => { throw new Error('alert') }")
    plots = shown(browser, example(names=HOSTILE), tmp_path / "report.html")
    assert all(plot["marks"] > 0 for plot in plots.values())
    legend = browser.execute_script(
        "return [...document.querySelectorAll('#plot-en-curves .legendtext')].map(e => e.textContent)"
    )
    assert legend[0] == "<script>alert(1)</script>"
    assert legend[1] == '=HYPERLINK("http://x")'
    assert legend[2] == "\ufffdgnp.exe %{x} <b>bold</b>"
    assert legend[3].endswith("名…")
    assert browser.get_log("browser") == []


def test_it_prints_to_a_readable_page(report):
    report.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    drawn(report)
    wait_until(
        lambda: report.execute_script(
            "return [...document.querySelectorAll('article:not([hidden]) svg.main-svg')]"
            ".every(s => s.clientWidth <= 700)"
        )
    )
    report.execute_script("window.dispatchEvent(new Event('afterprint'))")
    pdf = report.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert len(pdf) > 50_000


@pytest.mark.parametrize(("page", "pictures"), [
    (lambda: sweep_page(sweep(), "en"), {"sweep_lines", "sweep_gap"}),
    (lambda: sweep_page(sweep(["agents=10:40:10", "x=1,2"], HOSTILE[1:4]), "en"), {"sweep_map"}),
    (lambda: sensitivity_page(sensitivity(names=HOSTILE[1:4]), "en"), {"tornado"}),
])
def test_questions_over_a_range_are_drawn_in_both_languages(browser, tmp_path, page, pictures):
    (tmp_path / "report.html").write_text(page(), encoding="utf-8")
    browser.get_log("browser")
    browser.get((tmp_path / "report.html").as_uri())
    for language in ("en", "zh"):
        browser.find_element("css selector", f"button[data-language={language}]").click()
        plots = drawn(browser)
        assert set(plots) == pictures
        for name, plot in plots.items():
            assert plot["marks"] > 0, name
            assert any(plot["titles"]), name
    for button in browser.find_elements("css selector", "article:not([hidden]) button.view"):
        button.click()
    drawn(browser)
    if "sweep_map" in pictures:
        assert browser.execute_script("return document.querySelectorAll('#plot-zh-sweep_map .heatmaplayer image').length") == 1
    assert browser.get_log("browser") == []
