"""Who may import whom: the imports of every module against the table below (DESIGN.md, "Who may import whom")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# `index` is usable without the rest; each of its modules may use these.
INDEX = {
    "index.build": "centering classifier encoder faiss_store home lexical pooling types",
    "index.calibration": "types",
    "index.centering": "encoder",
    "index.chunks": "",
    "index.classifier": "encoder",
    "index.database": "home",
    "index.database_home": "database encoder faiss_store home pgvector_store replica_store store types",
    "index.encoder": "export model tokens",
    "index.faiss_store": "encoder fast_scan store",
    "index.fast_scan": "encoder",
    "index.folder_home": "encoder faiss_store home types",
    "index.fusion": "",
    "index.home": "centering classifier database_home encoder folder_home lexical pooling store types",
    "index.lexical": "",
    "index.metrics": "",
    "index.model": "export",
    "index.export": "table tokens",
    "index.pieces": "",
    "index.pgvector_store": "database encoder store",
    "index.pooling": "types",
    "index.ranker": "pooling",
    "index.replica_store": "database pgvector_store store",
    "index.retriever": "ahead calibration encoder fusion home lexical pooling ranker steps store tagger types",
    "index.steps": "",
    "index.ahead": "",
    "index.store": "encoder",
    "index.table": "pieces",
    "index.tagger": "",
    "index.tokens": "pieces",
    "index.types": "",
}

# What a module of `assistant` may use of `assistant`, and of `index`.
ASSISTANT = {
    "assistant.content": ("", ""),
    "assistant.settings": ("", ""),
    "assistant.hours": ("", ""),
    "assistant.prefilter": ("", ""),
    "assistant.patterns": ("prefilter", "lexical"),
    "assistant.reading": ("content", ""),
    "assistant.examples": ("content reading", ""),
    "assistant.catalog": ("content examples reading", "chunks types"),
    "assistant.languages": ("catalog content patterns", "lexical"),
    "assistant.towns": ("content patterns", "lexical"),
    "assistant.bystanders": ("content patterns", ""),
    "assistant.numerals": ("patterns", ""),
    "assistant.spelling": ("", "lexical"),
    "assistant.situation": ("bystanders content numerals patterns spelling towns", "lexical"),
    "assistant.evenhanded": ("content patterns", "lexical"),
    "assistant.gist": ("", "lexical"),
    "assistant.nearest_rule": ("finder followups guardrails", "types"),
    "assistant.conversation": ("situation", ""),
    "assistant.cards": ("", ""),
    "assistant.sentences": ("", "lexical"),
    "assistant.plain_text": ("cards languages", ""),
    "assistant.composer": ("cards catalog content hours languages plain_text sentences situation", ""),
    "assistant.finder": ("cards catalog composer evenhanded followups gist situation", "lexical retriever types"),
    "assistant.names": ("catalog", "lexical"),
    "assistant.needs": ("catalog composer finder", "lexical"),
    "assistant.answers": (
        "cards catalog composer content details finder guardrails languages nearest_rule needs sentences",
        "steps types",
    ),
    "assistant.comparison": ("answers cards catalog composer finder names", ""),
    "assistant.lists": ("cards catalog composer finder situation", "lexical"),
    "assistant.details": ("cards composer content plain_text sentences", "lexical"),
    "assistant.guardrails": ("cards catalog content languages patterns", "lexical steps"),
    "assistant.followups": ("content conversation names patterns situation", "lexical"),
    "assistant.later_turns": ("answers cards composer conversation details finder followups", ""),
    "assistant.thread": ("composer conversation finder followups languages names nearest_rule", "lexical types"),
    "assistant.dialogue": (
        "answers cards catalog comparison composer conversation finder followups guardrails languages later_turns "
        "lists names nearest_rule plain_text situation switch thread understanding",
        "lexical retriever steps types",
    ),
    "assistant.understanding": ("finder situation", ""),
    "assistant.teaching": ("dialogue labelled understanding", "encoder tagger"),
    "assistant.checking": ("catalog content hours languages patterns reading sentences situation", "lexical"),
    "assistant.labelled": ("content situation", ""),
    "assistant.rates": ("cards conversation details dialogue labelled plain_text situation", ""),
    "assistant.evaluation": (
        "catalog content conversation dialogue evenhanded finder followups guardrails labelled languages rates",
        "calibration metrics ranker retriever types",
    ),
    "assistant.house": (
        "catalog dialogue languages settings",
        "build calibration centering encoder home model ranker retriever tagger",
    ),
    "assistant.benchmarks": (
        "conversation dialogue house languages settings",
        "build centering chunks encoder metrics model retriever steps types",
    ),
    "assistant.scale_data": ("", "encoder pooling types"),
    "assistant.scale": (
        "house scale_data settings",
        "build database encoder faiss_store home pgvector_store pooling retriever store",
    ),
    "assistant.ledger": ("postgres_ledger settings sqlite_ledger", ""),
    "assistant.postgres_ledger": ("ledger", "database home"),
    "assistant.sqlite_ledger": ("ledger", ""),
    "assistant.subject": ("cards catalog content situation", ""),
    "assistant.feedback": ("catalog dialogue journal subject", ""),
    "assistant.disclosure": ("", ""),
    "assistant.figures": ("catalog disclosure feedback journal ledger metrics subject", ""),
    "assistant.report": ("catalog disclosure figures ledger", ""),
    "assistant.tasks": ("catalog feedback ledger", ""),
    "assistant.journal": ("catalog dialogue hours ledger metrics settings subject", ""),
    "assistant.switch": ("answers cards catalog composer content", ""),
    "assistant.logs": ("", ""),
    "assistant.metrics": ("cards switch", "steps"),
    "assistant.reserve": ("catalog content house languages settings", "build encoder home model"),
    "assistant.repeated": ("dialogue switch", ""),
    "assistant.load": ("catalog settings", ""),
    "assistant.reload": (
        "content conversation dialogue house metrics reserve settings switch",
        "build encoder home retriever",
    ),
    "assistant.connection": ("body", ""),
    "assistant.server": ("connection logs reserve settings workers", ""),
    "assistant.workers": ("", ""),
    "assistant.cli": (
        "benchmarks catalog checking content conversation evaluation guardrails house journal labelled ledger load "
        "report scale server settings switch tasks teaching",
        "home model",
    ),
    "assistant.api": (
        "access body content conversation dialogue feedback gate health journal languages limiter logs metrics "
        "problems reload repeated rush settings site "
        "headers hosts proxies",
        "",
    ),
}

# The web: these modules may use each other, and this much of the rest.
WEB = (
    "access body card_words directory frame gate headers health icalendar legal limiter markup merkzettel pages "
    "problems rush site site_content site_extras site_feedback site_report static_files structured_data translation "
    "vcard widget hosts proxies"
)
WEB_MAY_USE = (
    "answers cards catalog composer content conversation dialogue disclosure feedback hours journal ledger languages "
    "logs metrics plain_text reload repeated report settings situation"
)
WEB_MAY_USE_OF_INDEX = "lexical steps"


def _allowed() -> dict[str, set[str]]:
    def named(package: str, modules: str) -> set[str]:
        return {f"{package}.{module}" for module in modules.split()}

    table = {module: named("index", others) for module, others in INDEX.items()}
    table |= {module: named("assistant", ours) | named("index", theirs) for module, (ours, theirs) in ASSISTANT.items()}
    web = named("assistant", f"{WEB} {WEB_MAY_USE}") | named("index", WEB_MAY_USE_OF_INDEX)
    return table | {module: web - {module} for module in named("assistant", WEB)}


def _modules() -> dict[str, ast.Module]:
    """Every module of ours with its syntax tree, except the empty `__init__`."""
    files = [file for package in ("index", "assistant") for file in (ROOT / package).rglob("*.py")]
    named = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in files}
    return {name: ast.parse(file.read_text()) for name, file in named.items() if not name.endswith("__init__")}


def _ours(nodes: Iterator[ast.AST]) -> set[str]:
    """The modules of ours that some statements import; `from index import metrics` names index.metrics."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            alone = node.module in ("index", "assistant")
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if alone else {node.module}
    return {name for name in found if name.partition(".")[0] in ("index", "assistant")}


MODULES = _modules()
IMPORTS = {name: _ours(ast.walk(tree)) for name, tree in MODULES.items()}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_the_table_allows(module: str) -> None:
    allowed = _allowed()
    assert module in allowed, f"{module} is new: say in tests/test_architecture.py what it may import"
    assert IMPORTS[module] - allowed[module] == set()


def test_the_table_names_only_modules_that_exist() -> None:
    table = _allowed()
    assert (set(table) | set().union(*table.values())) - set(MODULES) == set()


def test_index_never_imports_assistant() -> None:
    assert [name for name in MODULES if name.startswith("index.") and _uses(name, "assistant.")] == []


@pytest.mark.parametrize("module", ["assistant.content", "assistant.settings", "index.types"])
def test_the_ground_floor_imports_nothing_of_ours(module: str) -> None:
    assert IMPORTS[module] == set()


@pytest.mark.parametrize("module", ["assistant.api", "assistant.cli"])
def test_nobody_imports_the_callers(module: str) -> None:
    assert [name for name in MODULES if module in IMPORTS[name]] == []


def test_no_module_needs_itself_to_be_loaded() -> None:
    """Only what is imported at the top counts: inside a function it comes later."""
    at_the_top = {name: _ours(iter(tree.body)) for name, tree in MODULES.items()}
    order = list(TopologicalSorter(at_the_top).static_order())
    assert set(order) >= set(MODULES)


def test_imports_are_absolute() -> None:
    """So that reading them, as this file does, is enough."""
    relative = [
        name
        for name, tree in MODULES.items()
        if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    ]
    assert relative == []


def _uses(module: str, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in IMPORTS[module])
