"""Arguments -> one call. Nothing heavy is imported before it is known what was asked: `--help` costs a bare Python."""

from __future__ import annotations

import argparse
import gc
import io
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kpi_tui.arguments import parser, translate_argparse
from kpi_tui.errors import EditError, KpiError, UsageError
from kpi_tui.language.language import Language, choose

if TYPE_CHECKING:
    from kpi_tui.commands.answers import Answers
    from kpi_tui.commands.asked import Shown


def run() -> NoReturn:
    """The process `kpi-tui`. It ends at once, as mypy does: what was written is flushed and closed, and to take apart
    what Polars holds costs a third of the time in which it is imported.
    """
    try:
        code = main()
    except SystemExit as ended:  # argparse after --help, the app after its last key
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code: 0 fine, 1 a goal fails `check`, 2 usage, 3 workspace or data are wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    code = choose(_language_given(given), _configured_language(given), os.environ)
    language = Language(code, ascii=not _has_all_marks(sys.stdout.encoding))
    translate_argparse(language)
    try:
        try:
            return _run(parser(language).parse_args(given), language)
        finally:
            sys.stdout.flush()
    except KpiError as error:
        from kpi_tui.commands.said import complain

        complain(language.error(error))
        return 2 if isinstance(error, UsageError | EditError) else 3
    except BrokenPipeError:  # whoever read us has gone
        _leave_stdout()
        return 0
    except OSError as error:
        _leave_stdout()
        reason = error.strerror or str(error)
        print(language("the output cannot be written: {reason}", reason=reason), file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the last door: no traceback reaches a user
        print(_crash_sentence(error, language), file=sys.stderr)
        return 70


def _crash_sentence(error: Exception, language: Language) -> str:
    """What a mistake of the program itself is said as; where it happened goes into a file."""
    from kpi_tui.crash import Crashed, CrashLog

    if isinstance(error, Crashed):
        file = error.file
    else:
        import traceback

        log = CrashLog(state_folder())
        log.write("".join(traceback.format_exception(error)))
        file = log.file
    return language("kpi-tui itself failed; no edit is lost. Please send us {file}", file=file)


def _prepare_streams() -> None:
    """A letter that the terminal's encoding lacks becomes a `?`, never an error; a closed stream takes everything."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  it lives as long as the process
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _has_all_marks(encoding: str | None) -> bool:
    """Whether the marks of tables and numbers can be written in it; ASCII ones are used where not."""
    try:
        "✔▲✖★✗·—…−→␛\u00a0\u202f".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _leave_stdout() -> None:
    """The interpreter must not fail again when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(given: argparse.Namespace, language: Language) -> int:
    if given.command in ("show", "check"):
        gc.disable()  # what prints and ends has nothing to collect; looking for it took a tenth of the time
    if given.command == "show":
        return _show(given, language)
    from kpi_tui.formula.remembered import remembered_formulas

    with remembered_formulas(cache_folder()):
        match given.command:
            case "check":
                return _check(given, language)
            case "explain" | "why":
                return _explain(given, language)
            case "init":
                from kpi_tui.commands.init import init

                return init(given.data, given.out, given.answers, language)
            case "catalogue":
                from kpi_tui.commands.catalogue import catalogue

                return catalogue(given.words, given.format, language)
            case "set":
                from kpi_tui.commands.set import set_values

                return set_values(given.file, given.edits, state_folder(), language)
            case "cache":
                from kpi_tui.commands.cache import cache

                return cache(cache_folder(), given.file, language, clear=given.clear)
            case command:
                from kpi_tui.commands.app import open_app

                return open_app(command, given, language, state_folder(), cache_folder())


def _show(given: argparse.Namespace, language: Language) -> int:
    from kpi_tui.commands.answers import Answers
    from kpi_tui.commands.asked import Shown, refuse_strangers

    refuse_strangers(
        given.what,
        {
            "--grain": given.grain,
            "--from": given.start,
            "--to": given.end,
            "--by": given.by,
            "--where": given.where,
            "--metric": given.metric,
            "--period": given.period,
            "--compare": given.compare,
            "--top": given.top,
            "--rank": given.rank,
        },
    )
    asked = Shown(
        given.what, given.file, given.format, given.grain, given.start, given.end, tuple(given.by),
        tuple(given.where), tuple(given.metric), given.period,
        given.compare, given.top or 0, given.rank, shutil.get_terminal_size().columns if sys.stdout.isatty() else None,
    )  # fmt: skip
    answers = Answers(cache_folder(), asked, language)
    known = answers.known()
    return known.print() if known is not None else _computed(asked, answers, language)


def _computed(asked: Shown, answers: Answers, language: Language) -> int:
    from kpi_tui.formula.remembered import remembered_formulas
    from kpi_tui.loading import begin

    with remembered_formulas(cache_folder()):
        loading = begin(asked.file, cache=cache_folder())  # data are read while what computes and prints is imported
        from kpi_tui.commands.show import show

        output = show(asked, loading, language)
        output.print()
        if output.code == 0 and all(table.large is None for table in loading.tables().values()):
            paths = (source.path for source in loading.document.workspace.sources)
            answers.keep(output, loading.snapshot, paths)
    return output.code


def _explain(given: argparse.Namespace, language: Language) -> int:
    from kpi_tui.commands.asked import Shown
    from kpi_tui.loading import begin

    loading = begin(given.file, cache=cache_folder())
    from kpi_tui.commands.explain import Explained, explain_number, why_moved

    shown = Shown(
        "metrics", given.file, given.format, by=tuple(given.by), where=tuple(given.where), metrics=(given.metric,)
    )
    if given.command == "why":
        return why_moved(Explained(shown, given.metric, given.period, given.before), loading, language)
    return explain_number(Explained(shown, given.metric, given.period, rows=given.rows), loading, language)


def _check(given: argparse.Namespace, language: Language) -> int:
    from kpi_tui.loading import begin

    loading = begin(given.file, cache=cache_folder())
    from kpi_tui.commands.check import check

    return check(loading, given.fail_on, language, given.format)


def cache_folder() -> Path:
    """The user's cache folder; what is in it can be removed at any time."""
    import platformdirs

    return platformdirs.user_cache_path("kpi-tui")


def state_folder() -> Path:
    """The user's state folder, where journals and locks live."""
    import platformdirs

    return platformdirs.user_state_path("kpi-tui")


def config_file() -> Path:
    """The user's config file; it need not exist."""
    import platformdirs

    return platformdirs.user_config_path("kpi-tui") / "config.toml"


def _language_given(given: Sequence[str]) -> str | None:
    """The value of --language, known before the parser speaks."""
    for index, argument in enumerate(given):
        if argument.startswith("--language="):
            return argument.partition("=")[2]
        if argument == "--language" and index + 1 < len(given):
            return given[index + 1]
    return None


def _configured_language(given: Sequence[str]) -> str | None:
    """The config file's language; not looked for where only help or the version is wanted."""
    if not given or {"--help", "-h", "--version"} & set(given):
        return None
    file = config_file()
    if not file.exists():
        return None
    import tomllib

    try:
        configured = tomllib.loads(file.read_text("utf-8")).get("language")
    except (OSError, ValueError):
        return None
    return configured if isinstance(configured, str) else None
