"""The browser that the other tests here stand on: it shows a page, runs its script, keeps its console."""

from __future__ import annotations

import pytest

PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>催收 report</title>
<p id="shown">before</p>
<script>document.getElementById("shown").textContent = [1, 2].map(x => 2 * x).join(" ");
console.error("heard");</script></html>"""


@pytest.mark.browser
def test_a_local_page_is_shown_and_its_console_heard(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    browser.get((tmp_path / "page.html").as_uri())
    assert browser.title == "催收 report"
    assert browser.find_element("id", "shown").text == "2 4"
    assert any("heard" in entry["message"] for entry in browser.get_log("browser"))
