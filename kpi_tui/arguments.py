"""What can be typed after `kpi-tui`: commands and options, their help in the user's language, mistakes as `UsageError`.

The options of `--help` are all that is built; argparse's own words are translated as well.
"""

from __future__ import annotations

import argparse
import gettext
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from kpi_tui import __version__
from kpi_tui.errors import UsageError, did_you_mean, text
from kpi_tui.language.language import DOMAIN, FOLDER, LANGUAGES, Language

# argparse's own words: it looks them up in the catalogue when it says them.
_ARGPARSE = (
    text("usage: "),
    text("positional arguments"),
    text("options"),
    text("show this help message and exit"),
    text("argument %(argument_name)s: %(message)s"),
    text("the following arguments are required: %s"),
    text("unrecognized arguments: %s"),
    text("expected one argument"),
    text("expected at most one argument"),
    text("expected at least one argument"),
    text("not allowed with argument %s"),
    text("ignored explicit argument %r"),
    text("ambiguous option: %(option)s could match %(matches)s"),
    text("invalid choice: %(value)r (choose from %(choices)s)"),
    text("unknown parser %(parser_name)r (choices: %(choices)s)"),
)
GRAINS = ("day", "week", "month", "quarter", "year", "all")


def translate_argparse(language: Language) -> None:
    """argparse says its own words through the process's gettext domain, which looks for its language there."""
    os.environ["LANGUAGE"] = language.code
    gettext.bindtextdomain(DOMAIN, FOLDER)
    gettext.textdomain(DOMAIN)


class Parser(argparse.ArgumentParser):
    """argparse without abbreviations, whose mistakes are `UsageError`s with a cure."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse's own sentence differs between versions of Python and knows no near miss
        if action.choices is None or value in action.choices:
            return
        allowed = [str(choice) for choice in action.choices]
        cure = did_you_mean(str(value), allowed) or text("write one of: {allowed}", allowed=", ".join(allowed))
        if action.option_strings:
            raise UsageError(text("'{key}' cannot be '{value}'", key=action.option_strings[0], value=value), cure)
        raise UsageError(text("there is no '{value}'", value=value), cure)

    def error(self, message: str) -> NoReturn:
        raise UsageError(text("{message}", message=message), text("see {command} --help", command=self.prog))


def parser(language: Language) -> argparse.ArgumentParser:
    """The parser of the whole command line; it raises `UsageError` for what cannot be used."""
    whole = Parser(
        prog="kpi-tui",
        description=language("A marketing team's goals, metrics and bonus in a terminal."),
        epilog=language("Without a command it opens kpi.toml here, or the only workspace here."),
    )
    shown = language("show program's version number and exit")
    whole.add_argument("--version", action="version", version=f"kpi-tui {__version__}", help=shown)
    _screen_options(whole, language)
    commands = whole.add_subparsers(dest="command", metavar=language("COMMAND"), parser_class=Parser)
    _add_screens(commands, language)
    _add_init(commands, language)
    _add_show(commands, language)
    _add_explain(commands, language)
    _add_catalogue(commands, language)
    made = commands.add_parser("set", help=language("edit values, recompute and save"))
    _common(made, language)
    made.add_argument(
        "edits",
        nargs="+",
        metavar=language("kind.id.field=VALUE"),
        help=language("such as goal.turnover.target=130000000"),
    )
    made = commands.add_parser("check", help=language("verify the workspace and its data, report statuses"))
    _common(made, language)
    made.add_argument(
        "--fail-on", choices=("off", "risk"), help=language("exit with 1 where a goal is off (or at risk)")
    )
    made.add_argument("--format", choices=("table", "json"), default="table", help=language("how (default: table)"))
    made = commands.add_parser("cache", help=language("show or clear what is kept of large sources"))
    made.add_argument("file", type=Path, nargs="?", metavar=language("FILE"), help=language("only this workspace's"))
    made.add_argument("--clear", action="store_true", help=language("delete what is kept"))
    _language_option(made, language)
    return whole


def _add_screens(commands: argparse._SubParsersAction[Parser], language: Language) -> None:
    made = commands.add_parser("open", help=language("open a workspace in the terminal"))
    _common(made, language)
    _screen_options(made, language)
    made.add_argument("--read-only", action="store_true", help=language("refuse every edit"))
    made = commands.add_parser("demo", help=language("copy the sample workspace and open it"))
    made.add_argument(
        "folder", nargs="?", type=Path, metavar=language("DIR"), help=language("where to (default: a temporary folder)")
    )
    _screen_options(made, language)


def _add_init(commands: argparse._SubParsersAction[Parser], language: Language) -> None:
    made = commands.add_parser("init", help=language("look at exports, write a workspace with matching KPIs"))
    made.add_argument("data", nargs="+", metavar=language("DATA"), help=language("files, globs and folders"))
    made.add_argument(
        "-o", dest="out", type=Path, default=Path("kpi.toml"), metavar=language("FILE"),
        help=language("the workspace to write (default: kpi.toml)"),
    )  # fmt: skip
    made.add_argument(
        "--answer", dest="answers", action="append", default=[], metavar=language("QUESTION=NUMBER"),
        help=language("the choice where the data cannot decide; repeatable"),
    )  # fmt: skip
    _language_option(made, language)


def _add_catalogue(commands: argparse._SubParsersAction[Parser], language: Language) -> None:
    made = commands.add_parser("catalogue", help=language("print the KPIs that are ready by name"))
    words = language("part of a name, in any language; a workspace.toml at the end says what its data allow")
    made.add_argument("words", nargs="*", metavar=language("WORD"), help=words)
    made.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help=language("how (default: table)")
    )
    _language_option(made, language)


def _add_show(commands: argparse._SubParsersAction[Parser], language: Language) -> None:
    made = commands.add_parser("show", help=language("print metrics, goals, the team, funnels or cohorts"))
    kinds = ("metrics", "goals", "team", "funnels", "cohorts")
    made.add_argument("what", choices=kinds, help=language("what to print"))
    _common(made, language)
    made.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help=language("how (default: table)")
    )
    _add_metric_options(made.add_argument_group(language("for metrics")), language)
    made.add_argument_group(language("for team")).add_argument(
        "--period", metavar=language("PERIOD"), help=language("the team's bonus period (default: the last complete)")
    )


def _add_explain(commands: argparse._SubParsersAction[Parser], language: Language) -> None:
    where = language("only these rows; repeatable; DIM= is the missing one")
    made = commands.add_parser("explain", help=language("where a number comes from, down to source rows"))
    _common(made, language)
    made.add_argument("metric", metavar="ID", help=language("the metric"))
    made.add_argument(
        "--period", metavar=language("PERIOD"), help=language("such as 2026-10, 2026-Q4, all (default: the last month)")
    )
    made.add_argument(
        "--by", action="append", default=[], metavar=language("DIMENSION"), help=language("explain every slice of it")
    )
    made.add_argument("--where", action="append", default=[], metavar=language("DIM=VALUE"), help=where)
    made.add_argument(
        "--rows",
        type=_whole("--rows"),
        default=0,
        metavar="N",
        help=language("also the first N source rows of every sum and count"),
    )
    made.add_argument("--format", choices=("table", "json"), default="table", help=language("how (default: table)"))
    made = commands.add_parser("why", help=language("which slices moved a number between two periods"))
    _common(made, language)
    made.add_argument("metric", metavar="ID", help=language("the metric"))
    made.add_argument(
        "--from-period", dest="before", metavar=language("PERIOD"), help=language("default: the one before")
    )
    made.add_argument(
        "--to-period", dest="period", metavar=language("PERIOD"), help=language("default: the last month with data")
    )
    made.add_argument(
        "--by",
        action="append",
        default=[],
        metavar=language("DIMENSION"),
        help=language("default: the one whose slices stand out most"),
    )
    made.add_argument("--where", action="append", default=[], metavar=language("DIM=VALUE"), help=where)
    made.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help=language("how (default: table)")
    )


def _add_metric_options(made: argparse._ArgumentGroup, language: Language) -> None:
    made.add_argument("--grain", choices=GRAINS, help=language("length of a period (default: month)"))
    made.add_argument("--from", dest="start", metavar=language("DATE"), help=language("first day, inclusive"))
    made.add_argument("--to", dest="end", metavar=language("DATE"), help=language("last day, inclusive"))
    made.add_argument(
        "--by", action="append", default=[], metavar=language("DIMENSION"), help=language("split by it; repeatable")
    )
    made.add_argument(
        "--where",
        action="append",
        default=[],
        metavar=language("DIM=VALUE"),
        help=language("only these rows; repeatable; DIM= is the missing one"),
    )
    made.add_argument(
        "--metric", action="append", default=[], metavar="ID", help=language("only this metric; repeatable")
    )
    made.add_argument(
        "--compare",
        metavar=language("previous|year|elapsed|PERIOD"),
        help=language("the change against it; an unfinished period against the same elapsed days"),
    )
    made.add_argument(
        "--top",
        type=_whole("--top"),
        metavar="N",
        help=language("of a split only the N highest (-N: lowest), the rest as (other), and the total"),
    )
    made.add_argument("--rank", metavar="ID", help=language("the metric a split is ranked by (default: the first)"))


def _whole(option: str) -> Callable[[str], int]:
    """Reads the whole number that an option takes; argparse's own sentence would name a type of Python."""

    def read(typed: str) -> int:
        try:
            return int(typed)
        except ValueError:
            what = text("'{key}' cannot be '{value}'", key=option, value=typed)
            raise UsageError(what, text("write a whole number, such as 5")) from None

    return read


def _common(parser: argparse.ArgumentParser, language: Language) -> None:
    parser.add_argument("file", type=Path, metavar=language("FILE"), help=language("the workspace"))
    _language_option(parser, language)


def _screen_options(parser: argparse.ArgumentParser, language: Language) -> None:
    if not any("--language" in action.option_strings for action in parser._actions):
        _language_option(parser, language)
    parser.add_argument(
        "--ascii", action="store_true", default=argparse.SUPPRESS, help=language("no glyphs beyond ASCII")
    )
    parser.add_argument("--no-color", action="store_true", default=argparse.SUPPRESS, help=language("no colours"))
    parser.add_argument("--colors", choices=("16", "256"), default=argparse.SUPPRESS, help=language("so many colours"))


def _language_option(parser: argparse.ArgumentParser, language: Language) -> None:
    parser.add_argument(
        "--language", choices=LANGUAGES, default=argparse.SUPPRESS, help=language("en or ru (default: the locale's)")
    )
