"""What the documents show works: Python blocks run, and `$ duecourse ...` lines exit with 0.

Each ```python block stands alone. The console lines of one document run in order in one folder, so that a
later line may use a run that an earlier line made. Other blocks (yaml, text, bash) are not run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md") if (ROOT / name).exists()]
COMMAND = Path(sys.executable).with_name("duecourse")
SHELL_SIGNS = frozenset({"|", ">", ">>", "<", "&&", "||", ";", "&"})


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to run: `argv` below `cwd`, shown at `line` of its document."""

    line: int
    argv: tuple[str, ...]


def blocks(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (number of the first line, language, lines) of each fenced block of a Markdown text."""
    language: str | None = None
    fence, start, lines = "", 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if language is None:
            if opening := re.match(r"^ {0,3}(```+)\s*([\w-]*)", line):
                fence, language, start, lines = opening[1], opening[2], number + 1, []
        elif line.strip() == fence:
            yield start, language, lines
            language = None
        else:
            lines.append(line)
    if language is not None:
        raise ValueError(f"the block at line {start - 1} is never closed")


def commands(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield (index of its line, command) for each line shown after a `$ ` prompt, continuations joined."""
    index = 0
    while index < len(lines):
        start, shown = index, lines[index]
        while shown.endswith("\\") and index + 1 < len(lines):
            index += 1
            shown = shown[:-1] + " " + lines[index].removeprefix(">").strip()
        if shown.startswith("$ "):
            yield start, shown[2:]
        index += 1


def examples(text: str) -> Iterator[Example]:
    """Yield what a Markdown text shows to be run, in order."""
    for start, language, lines in blocks(text):
        if language == "python":
            yield Example(start, (sys.executable, "-c", "\n".join(lines)))
        elif language == "console":
            for index, command in commands(lines):
                program, *arguments = shlex.split(command, comments=True)
                if program != "duecourse":
                    continue
                if SHELL_SIGNS & set(arguments):
                    raise ValueError(f"only plain commands are run, without a shell: {command}")
                yield Example(start + index, (str(COMMAND), *arguments))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_run(document, tmp_path):
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios", target_is_directory=True)
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
    for example in examples((ROOT / document).read_text(encoding="utf-8")):
        result = subprocess.run(
            example.argv, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=600, check=False,
        )
        said = f"{document}:{example.line}: exit {result.returncode}\n{result.stdout}{result.stderr}"
        assert result.returncode == 0, said


SHOWN = """\
# A document

```python
print("one")
```

```yaml
python: no
```

```console
$ duecourse run scenarios/demo.yaml \\
>     --seed 3
recovered  12 %
$ ls runs
$ duecourse report "runs/my run"   # a comment
```
"""


def test_what_is_shown_is_found_in_order():
    found = list(examples(SHOWN))
    assert [example.argv[1:] for example in found] == [
        ("-c", 'print("one")'),
        ("run", "scenarios/demo.yaml", "--seed", "3"),
        ("report", "runs/my run"),
    ]
    assert [example.line for example in found] == [4, 12, 16]


def test_a_block_left_open_is_an_error():
    with pytest.raises(ValueError, match="line 1 is never closed"):
        list(examples("```python\nprint(1)\n"))


def test_a_pipe_is_an_error():
    with pytest.raises(ValueError, match="plain commands"):
        list(examples("```console\n$ duecourse rules list | head\n```\n"))
