"""The console command `duecourse`. Commands live beside this file and are imported when they are called."""

from __future__ import annotations

import importlib
from typing import Any

import click

LAZY = {
    "init": ("cli_project", "init"), "validate": ("cli_look", "validate"), "describe": ("cli_look", "describe"),
    "run": ("cli_run", "run"), "compare": ("cli_run", "compare"), "plan": ("cli_look", "plan"),
    "timeline": ("cli_life", "timeline"), "diff": ("cli_life", "diff"), "rules": ("cli_rules", "rules"),
    "sweep": ("cli_sweep", "sweep"), "sensitivity": ("cli_sweep", "sensitivity"),
    "ab": ("cli_ab", "ab"), "study": ("cli_study", "study"), "report": ("cli_run", "report"), "rerun": ("cli_run", "rerun"),
    "glossary": ("cli_project", "glossary"),
}
"""Command -> (module of this package, name)."""
HELP = {
    "init": "Make a folder with a small project to start from.",
    "validate": "Check a scenario, its strategies and its portfolio.",
    "describe": "Say in plain words what a scenario will do, before any run.",
    "run": "Run one strategy and keep its full event log.",
    "compare": "Compare all strategies of a scenario with each other and with doing nothing.",
    "plan": "Show what a strategy plans on one day.",
    "timeline": "Show one borrower's events in a run.",
    "diff": "Show one borrower under two strategies, and where they first differ.",
    "rules": "Contact rules of twenty countries: list, show, check.",
    "ab": "A/B tests: size, bounds, assign, analyze.",
    "study": "Published experiments: calibrate on some arms, predict the others.",
    "sweep": "Play all strategies over a range of one or two values: which is best where.",
    "sensitivity": "Move each value through its range, one at a time: which of them matter.",
    "report": "Write a run's report again, as a page or a workbook, perhaps in another language.",
    "rerun": "Repeat a run from its manifest and compare digests.",
    "glossary": "Explain metrics and terms, in English and Chinese.",
}


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
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, HELP[name]) for name in LAZY])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="duecourse")
def main() -> None:
    """Duecourse: compare collection strategies before anyone is contacted.

    Results go to stdout, progress to stderr. Exit codes: 0 ok, 1 the run failed, 2 invalid input, 3 a check failed.
    """


def run(arguments: list[str] | None = None) -> Any:
    """Run the command line; for tests and embedding."""
    return main.main(args=arguments, standalone_mode=True)


if __name__ == "__main__":
    main()
