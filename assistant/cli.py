"""The command line: check, index, ask, serve, evaluate, benchmark. A thin caller of the parts."""

from __future__ import annotations

import getpass
import json
import logging
import os
import warnings
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from assistant.content import ContentError
from assistant.ledger import Ledger, LedgerFailed, move, open_ledger
from assistant.settings import DATABASES, SecretWeak, Settings, unfit
from index.home import DatabaseUnfit, IndexMissing
from index.model import ModelMissing

app = typer.Typer(
    help="Lotse: Angebote zu Ausbildung, Arbeit und Weiterbildung im Wetteraukreis.", no_args_is_help=True
)
benchmark_app = typer.Typer(help="Measure retrieval on any collection, and speed.", no_args_is_help=True)
app.add_typer(benchmark_app, name="benchmark")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command line; what an operator can mend is one clear sentence and exit code 1."""
    _quiet()
    try:
        app()
    except (ContentError, DatabaseUnfit, IndexMissing, LedgerFailed, ModelMissing, SecretWeak) as error:
        errors.print(str(error), style="red", markup=False)
        raise SystemExit(1) from None
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        errors.print(*unfit(error), sep="\n", style="red", markup=False)
        raise SystemExit(1) from None


@app.command()
def check(
    links: Annotated[bool, typer.Option(help="also try every address, where a network allows")] = False,
    open_facts: Annotated[
        bool, typer.Option("--open", help="print which facts of actors are missing or unconfirmed")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="write the open facts to this CSV file")] = None,
    content: Annotated[Path | None, typer.Option(help="folder of the content")] = None,
) -> None:
    """Read all content and report every problem with file, line and advice; exit 1 on errors."""
    from assistant import checking
    from assistant.catalog import read_content

    folder = content or Settings().content
    catalog, problems = read_content(folder)
    if open_facts or csv:
        facts = checking.open_facts(catalog)
        if csv:
            csv.write_text(checking.as_csv(facts), encoding="utf-8-sig")  # with a mark, so that Excel reads umlauts
        console.print(checking.as_table(facts))
        return
    problems += checking.check(catalog, folder, date.today())
    if links:
        problems += checking.broken_links(catalog)
    for problem in sorted(problems, key=lambda p: (p.severity, str(p.file), p.line)):
        style = "red" if problem.severity == "error" else "yellow"
        console.print(
            f"{problem.severity}: {_short(problem.file)}, line {problem.line}: {problem.message}",
            style=style,
            markup=False,
        )
    wrong = sum(problem.severity == "error" for problem in problems)
    console.print(
        f"{len(catalog.offers)} offers, {len(catalog.actors)} actors, {len(catalog.pages)} pages, "
        f"{len(catalog.places)} places: "
        f"{wrong} errors, {len(problems) - wrong} warnings"
    )
    raise typer.Exit(1 if wrong else 0)


@app.command()
def settings() -> None:
    """Print every setting with its default and what it does, as the table of deploy/SETTINGS.md."""
    from assistant.settings import settings_table

    typer.echo(settings_table())


@app.command()
def index() -> None:
    """Bring the index up to date with the content: encodes what is new, drops what is gone."""
    from assistant.house import update_index

    bar = Progress(TextColumn("encoding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=errors)

    def started(texts: int):  # type: ignore[no-untyped-def]
        bar.start()
        task = bar.add_task("encoding", total=texts)
        return lambda count: bar.advance(task, count)

    try:
        report = update_index(Settings(), started)
    finally:
        bar.stop()
    console.print(f"{report.encoded} passages encoded, {report.kept} left as they were, {report.dropped} dropped")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="what a resident would type")],
    as_json: Annotated[bool, typer.Option("--json", help="print the contract's JSON")] = False,
    language: Annotated[str | None, typer.Option(help="language of the question, if known")] = None,
    conversation: Annotated[str | None, typer.Option(help="go on with this conversation")] = None,
) -> None:
    """Answer one question."""
    from assistant.conversation import ConversationLost, ConversationSeal
    from assistant.house import open_assistant

    settings = Settings()
    seal = ConversationSeal(settings.secrets, settings.conversation_hours)
    try:
        so_far = seal.opened(conversation)
    except ConversationLost:
        advice = "it was changed, is too old, or LOTSE_SECRET is not what it was then"
        raise typer.BadParameter(f"cannot be taken up again: {advice}", param_hint="--conversation") from None
    response = open_assistant(settings).respond(so_far, question, language)
    if as_json:
        typer.echo(
            json.dumps(response.answer.as_contract(seal.sealed(response.conversation)), ensure_ascii=False, indent=1)
        )
    else:
        console.print(response.answer.text, markup=False)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="processes")] = 1,
) -> None:
    """Serve the page and the API."""
    from assistant.server import run

    console.print(f"Lotse: http://{host}:{port}/")
    run(Settings(), host, port, workers)


@app.command()
def switch(
    off: Annotated[str, typer.Option(help="turn off; visitors read this sentence instead, in German")] = "",
    on: Annotated[bool, typer.Option("--on", help="turn on again")] = False,
    topic: Annotated[str, typer.Option(help="only this topic of content/topics.yaml")] = "",
    reason: Annotated[str, typer.Option(help="why, for your colleagues; needed with --off")] = "",
    by: Annotated[str, typer.Option(help="who turns it; else the login name")] = "",
) -> None:
    """Turn the assistant or a topic off and on while it serves, or say what is off; emergencies stay answered."""
    from assistant.switch import ON, Off, read_switch, write_switch

    var, of = Settings().var, topic or None
    if off and on:
        raise typer.BadParameter("choose one of both", param_hint="--off, --on")
    if off and not reason:
        raise typer.BadParameter("say why, so that your colleagues know", param_hint="--reason")
    if topic and topic not in _topics():
        raise typer.BadParameter(f"'{topic}' is none of {', '.join(_topics())}", param_hint="--topic")
    now = read_switch(var)
    if off:
        said = Off(say=off, reason=reason, by=by or getpass.getuser(), at=datetime.now().astimezone())
        write_switch(var, now := now.turned_off(of, said))
    elif on:
        write_switch(var, now := now.without(of))
    everything = {"everything": now.everything} if now.everything else {}
    for what, turned in {**everything, **now.topics}.items():
        console.print(f"{what} is off since {turned.at:%Y-%m-%d %H:%M} by {turned.by}: {turned.reason}", markup=False)
        console.print(f"  visitors read: {turned.say}", markup=False)
    if now == ON:
        console.print("Everything is on.")


def _topics() -> tuple[str, ...]:
    import yaml

    return tuple(yaml.safe_load((Settings().content / "topics.yaml").read_text(encoding="utf-8")))


@app.command()
def report(
    first: Annotated[str, typer.Option("--from", help="first month, as 2026-10; else the first there is")] = "",
    last: Annotated[str, typer.Option("--to", help="last month; else the last that is over")] = "",
    tasks: Annotated[bool, typer.Option(help="instead list the offers that did not help, for editors")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV for a spreadsheet")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say what people looked for, what they found and what nobody offers; counts under five are withheld."""
    from assistant import report as reports
    from assistant import tasks as editing
    from assistant.catalog import Catalog
    from assistant.journal import today

    settings = Settings()
    ledger, catalog = _ledger(settings), Catalog.read(settings.content)
    if tasks:
        said = editing.make_tasks(ledger, catalog)
        written = editing.as_json(said) if as_json else editing.as_csv(said) if as_csv else ""
        typer.echo(written) if written else console.print(editing.as_table(said))
        return
    try:
        made = reports.make_report(ledger, catalog, first, last, today())
    except reports.NoMonths as error:
        raise typer.BadParameter(str(error), param_hint="--from, --to") from None
    written = reports.as_json(made, catalog) if as_json else reports.as_csv(made, catalog) if as_csv else ""
    typer.echo(written) if written else console.print(reports.as_text(made, catalog))


@app.command("move-journal")
def move_journal(
    old: Annotated[str, typer.Argument(help="the journal before: a file, or postgresql://…")],
) -> None:
    """Add what another journal has counted to the one of the settings; done twice it counts once."""
    from assistant.journal import today

    settings = Settings()
    if not old.startswith(DATABASES) and not Path(old).is_file():
        raise typer.BadParameter(f"there is no file '{old}'", param_hint="OLD")
    added = move(open_ledger(old, settings.kreis, settings.journal_days), _ledger(settings), today())
    console.print(f"{added} sums added. Delete the old journal: nobody else deletes what it keeps when it is too old.")


def _ledger(settings: Settings) -> Ledger:
    if settings.journal_address is None:
        raise typer.BadParameter("no journal is kept: LOTSE_JOURNAL is 'off'", param_hint="LOTSE_JOURNAL")
    return open_ledger(settings.journal_address, settings.kreis, settings.journal_days)


@app.command()
def evaluate(
    half: Annotated[str, typer.Option(help="which questions: test, tuning or unseen")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="print figures as JSON")] = False,
    calibrate: Annotated[bool, typer.Option(help="fit the confidence on the tuning half first and keep it")] = False,
    record: Annotated[bool, typer.Option(help="keep the figures as the ones not to fall below")] = False,
    misses: Annotated[bool, typer.Option(help="also list the questions answered otherwise than expected")] = False,
) -> None:
    """Ask the labelled questions and say how many were found; exit 1 when a figure falls below the recorded one."""
    from assistant import evaluation
    from assistant.catalog import Catalog
    from assistant.house import open_assistant, open_retriever
    from assistant.labelled import read_questions

    settings = Settings()
    folder = settings.content / "questions"
    if calibrate:
        catalog, retriever = Catalog.read(settings.content), open_retriever(settings, calibrated=False)
        tuning = evaluation.as_searched(catalog, retriever, read_questions(folder / "tuning"))
        ranker = evaluation.fit_ranker(retriever, tuning)
        ranker.save()
        evaluation.calibrate(retriever.weighing(ranker), tuning).save()
    report = evaluation.evaluate_half(open_assistant(settings), folder / half)
    if as_json:
        typer.echo(json.dumps(report.figures, indent=1))
    else:
        console.print(evaluation.as_table(report))
        if "conversation" in report.figures:
            console.print(evaluation.conversation_table(report))
    if misses:
        for miss in report.misses:
            console.print(miss, markup=False)
    if record:
        evaluation.record(report, half)
    fallen = evaluation.below_record(report, half)
    for line in fallen:
        errors.print(line, style="red", markup=False)
    raise typer.Exit(1 if fallen else 0)


@app.command()
def teach() -> None:
    """Learn anew from the labelled messages of the tuning half what messages tell of a person, and keep it."""
    from assistant import teaching
    from assistant.house import open_assistant, serving_encoder

    settings = Settings()
    taught = teaching.teach(open_assistant(settings), serving_encoder(settings), settings.content / "questions/tuning")
    taught.save()
    console.print(f"Learned {len(taught.tags)} things that messages tell. Now run: assistant evaluate")


@benchmark_app.command()
def retrieval(
    folder: Annotated[
        Path, typer.Argument(help="a collection in BEIR's format: corpus.jsonl, queries.jsonl, qrels/test.tsv")
    ],
    mode: Annotated[str, typer.Option(help="dense, lexical or hybrid")] = "hybrid",
    as_json: Annotated[bool, typer.Option("--json", help="print figures as JSON")] = False,
) -> None:
    """Run the retriever over any collection and print hit, MRR and nDCG per language."""
    from assistant import benchmarks

    if mode not in ("dense", "lexical", "hybrid"):
        raise typer.BadParameter("choose dense, lexical or hybrid", param_hint="--mode")
    try:
        figures = benchmarks.retrieval(folder, mode, Settings())  # type: ignore[arg-type]
    except benchmarks.BadCollection as error:
        raise typer.BadParameter(str(error), param_hint="FOLDER") from error
    if as_json:
        typer.echo(json.dumps({"languages": figures}, indent=1))
    else:
        console.print(benchmarks.as_table(figures))


@benchmark_app.command()
def speed(
    calls: Annotated[int, typer.Option(help="calls per figure")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="print figures as JSON")] = False,
) -> None:
    """Time embedding, retrieval and a whole answer, beside sentence-transformers with torch in the same run."""
    from assistant import benchmarks

    figures = benchmarks.speed(Settings(), calls)
    typer.echo(json.dumps(figures, indent=1)) if as_json else console.print(benchmarks.speed_table(figures))


@benchmark_app.command()
def load(
    workers: Annotated[int, typer.Option(help="processes that serve")] = 2,
    seconds: Annotated[float, typer.Option(help="length of each scenario")] = 10,
    rate: Annotated[float, typer.Option(help="different questions a second")] = 200,
    repeated: Annotated[float, typer.Option(help="repeated questions a second")] = 1500,
    memory: Annotated[int, typer.Option(help="instead ask so many questions and watch the memory")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print figures as JSON")] = False,
) -> None:
    """Serve on this machine and ask at a fixed rate: throughput, waiting times, overload, recovery, memory."""
    from assistant import load as measured

    settings = Settings()
    if memory:
        figures = {"memory": measured.measure_memory(settings, workers, memory)}
    else:
        figures = measured.measure(settings, workers, seconds, rate, repeated)
    typer.echo(json.dumps(figures, indent=1)) if as_json else console.print(measured.as_table(figures))


@benchmark_app.command()
def scale(
    database: Annotated[str, typer.Argument(help="an empty database to measure in, else FAISS alone")] = "",
    sizes: Annotated[str, typer.Option(help="passages, with commas between")] = "1000,10000,100000,1000000",
    kept: Annotated[Path | None, typer.Option(help="folder for what was built; default: `scale` below `var`")] = None,
    record: Annotated[Path | None, typer.Option(help="folder to write scale.json and scale.svg to")] = None,
) -> None:
    """Build FAISS and pgvector at growing sizes and measure both, exactly, by codes and through a graph."""
    from assistant import scale as scales

    numbers = [int(size) for size in sizes.split(",")]
    measured = scales.scale(Settings(), kept or Settings().var / "scale", database or None, numbers)
    console.print(scales.as_table(measured))
    if record:
        scales.write_report(measured, record)


def _short(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _quiet() -> None:
    """Keep the libraries' chatter off the screen of a person who asked something."""
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    logging.getLogger("root").setLevel(logging.ERROR)
