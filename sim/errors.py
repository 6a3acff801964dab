"""What goes wrong because of what a person gave us, said in four parts.

Every message says *where* (file:line and key), *what was given*, *what is allowed* and *what to do*.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class DuecourseError(Exception):
    """Root of all errors that Duecourse raises on purpose."""


class InputError(DuecourseError):
    """One fault in a scenario, strategy, portfolio, option or argument. The command line exits with 2.

    Args:
        where: file:line and key, or the option's name.
        got: what was given, as the person wrote it.
        expected: what is allowed.
        advice: what to do, a full sentence; empty where nothing can be added.
    """

    def __init__(self, where: str, got: object, expected: str, advice: str = "") -> None:
        self.where = where
        self.got = got if isinstance(got, str) else repr(got)
        self.expected = expected
        self.advice = advice
        super().__init__(str(self))

    def __str__(self) -> str:
        tail = f" {self.advice}" if self.advice else ""
        return f"{self.where}: got {self.got}, expected {self.expected}.{tail}"

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, str]]:
        """Errors cross process borders whole."""
        return (InputError, (self.where, self.got, self.expected, self.advice))


class InputErrors(InputError):
    """Several faults reported together, in the order of the file."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        if not errors:
            raise ValueError("InputErrors needs at least one error")
        self.errors: tuple[InputError, ...] = tuple(errors)
        first = errors[0]
        super().__init__(first.where, first.got, first.expected, first.advice)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)

    def __reduce__(self) -> tuple[type[InputErrors], tuple[tuple[InputError, ...]]]:  # type: ignore[override]
        return (InputErrors, (self.errors,))


class RunFailed(DuecourseError):
    """A run that was started could not be finished. The command line exits with 1."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean `x`?" for the known name most like `name`, or an empty string."""
    close = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.6)
    return f"Did you mean `{close[0]}`?" if close else ""


def choose(name: str, known: Iterable[str]) -> str:
    """Return what `nearest` says, or "Choose one of these." where no known name is like it."""
    return nearest(name, known) or "Choose one of these."
