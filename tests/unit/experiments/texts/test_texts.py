"""The catalogue is complete: every text stands in every language, with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import experiments
from experiments.texts import LANGUAGES, PARTS, TEXTS, known_language, say
from sim import InputError

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = {"interval", "cost.of", "tile.of", "pool.skill"}
OTHERS = {"playing"}
"""Speakers who say a sentence and no key."""
NAMES_A_LANGUAGE = {"comma", "language.name"}
"""Texts of placeholders and signs alone."""


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_no_key_stands_in_two_parts():
    assert sum(map(len, PARTS)) == len(TEXTS)


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_says_the_same_in_every_language(key):
    texts = TEXTS[key]
    assert len(texts) == len(LANGUAGES)
    assert all(text.strip() for text in texts)
    assert len({frozenset(placeholders(text)) for text in texts}) == 1, texts


@pytest.mark.parametrize("key", sorted(set(TEXTS) - SAME_IN_BOTH - NAMES_A_LANGUAGE))
def test_the_chinese_text_is_chinese_and_the_english_is_not(key):
    english, chinese = TEXTS[key]
    assert CHINESE.search(chinese), chinese
    assert not CHINESE.search(english), english


def test_every_key_that_the_code_names_is_in_the_catalogue():
    missing = []
    for path in Path(experiments.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "say"
                and node.args
                and ast.unparse(node.func.value) not in OTHERS
            ):
                choices = [
                    n for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant) and isinstance(n.value, str)
                ]
                inside = [
                    n
                    for f in ast.walk(node.args[0])
                    if isinstance(f, (ast.JoinedStr, ast.Compare))
                    for n in ast.walk(f)
                ]
                missing += [
                    f"{path.name}:{n.lineno} {n.value}" for n in choices if n not in inside and n.value not in TEXTS
                ]
    assert not missing


def test_placeholders_are_filled_with_plain_text():
    assert say("tile.of", "en", metric="<Net>", name="{name}") == "<Net>, {name}"


def test_an_unknown_language_is_refused_in_four_parts():
    with pytest.raises(InputError, match="language: got fr, expected en or zh"):
        known_language("fr")
