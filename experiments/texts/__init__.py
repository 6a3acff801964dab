"""Every text that people read, English and Chinese, in one catalogue. Terms as in the project's glossary.

Placeholders are filled with plain text; whoever shows a text escapes it. A test finds texts and placeholders that are missing in
one language, and keys that two parts share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from experiments.texts.answer import ANSWER
from experiments.texts.console import CONSOLE
from experiments.texts.page import PAGE
from experiments.texts.pictures import PICTURES
from experiments.texts.sweep import SWEEP
from experiments.texts.warning import WARNING
from experiments.texts.workbook import WORKBOOK
from sim import InputError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
PARTS = (PAGE, PICTURES, WORKBOOK, SWEEP, ANSWER, WARNING, CONSOLE)
TEXTS: Mapping[str, tuple[str, str]] = {key: texts for part in PARTS for key, texts in part.items()}


def say(key: str, language: Language, /, **values: object) -> str:
    """Return a text with its placeholders filled.

    Args:
        key: a key of TEXTS.
        language: "en" or "zh".
        **values: what the placeholders stand for, as plain text.
    """
    text = TEXTS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def known_language(language: str) -> Language:
    """Return a language that the catalogue holds.

    Raises:
        InputError: there is no such language.
    """
    for known in LANGUAGES:
        if language == known:
            return known
    raise InputError("language", language, " or ".join(LANGUAGES), "Choose one of these for the report.")
