"""The console command `duecourse`. Commands live beside this file and are imported when they are called."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from experiments.texts import Language, say

LAZY = {
    "init": ("cli_project", "init"), "validate": ("cli_look", "validate"), "describe": ("cli_look", "describe"),
    "run": ("cli_run", "run"), "compare": ("cli_run", "compare"), "plan": ("cli_look", "plan"),
    "timeline": ("cli_life", "timeline"), "diff": ("cli_life", "diff"), "rules": ("cli_rules", "rules"),
    "sweep": ("cli_sweep", "sweep"), "sensitivity": ("cli_sweep", "sensitivity"),
    "attribute": ("cli_attribute", "attribute"),
    "ab": ("cli_ab", "ab"), "study": ("cli_study", "study"), "report": ("cli_run", "report"), "rerun": ("cli_run", "rerun"),
    "glossary": ("cli_project", "glossary"),
}
"""Command -> (module of this package, name)."""
HELP = {name: say(f"help.{name}", "en") for name in LAZY}
"""Command -> what it does, in one sentence."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called: `duecourse --help` waits for no compiler."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a planner's work."""
        del ctx
        return list(LAZY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None for an unknown name."""
        del ctx
        if cmd_name not in LAZY:
            return None
        module, name = LAZY[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"experiments.{module}"), name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments as they were given: manifests say the exact command."""
        ctx.meta["duecourse.arguments"] = list(args)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command for an unknown one."""
        from sim.errors import nearest

        if args and args[0] not in LAZY and not args[0].startswith("-"):
            raise click.UsageError(f"No such command {args[0]!r}. {nearest(args[0], LAZY)} Known: {', '.join(LAZY)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        language = language_of(ctx)
        with formatter.section(say("console.commands", language)):
            formatter.write_dl([(name, say(f"help.{name}", language)) for name in LAZY])

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what the command is for."""
        language = language_of(ctx)
        for key in ("console.about", "console.streams"):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(say(key, language))


def language_of(ctx: click.Context) -> Language:
    """Return the language of the list of commands: --lang before --help, else the variable DUECOURSE_LANG, else English."""
    return "zh" if ctx.params.get("lang") == "zh" or os.environ.get("DUECOURSE_LANG") == "zh" else "en"


def _keep_language(ctx: click.Context, _: click.Parameter, told: str | None) -> None:
    """Keep --lang before --help is shown."""
    if told is not None:
        ctx.params["lang"] = told


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="duecourse")
@click.option("--lang", type=click.Choice(["en", "zh"]), is_eager=True, expose_value=False, callback=_keep_language,
              help="Language of this list: duecourse --lang zh --help. Or set DUECOURSE_LANG=zh.")
def main() -> None:
    """Compare collection strategies before anyone is contacted."""


def run(arguments: list[str] | None = None) -> Any:
    """Run the command line; for tests and embedding."""
    return main.main(args=arguments, standalone_mode=True)


if __name__ == "__main__":
    main()
