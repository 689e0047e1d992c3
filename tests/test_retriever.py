"""Answering a query: facets restrict, words and meaning both count, and examples speak for their source."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from index.build import build_index, open_index
from index.retriever import Mode, Retriever
from index.types import Evidence, Passage, Query, Ranking
from tests.conftest import WordEncoder, passage

MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")

COURSE = passage("Deutschkurs am Abend", "course", facets={"group": "adults", "place": "friedberg"})
MORNING = passage("Deutschkurs mit Kinderbetreuung", "morning", facets={"group": "parents", "place": "friedberg"})
NURSING = passage("Pflegeausbildung im Krankenhaus", "nursing", facets={"group": "adults", "place": "nidda"})
GRANT = passage("Zuschuss zum Führerschein", "grant")
OFFERS = [COURSE, MORNING, NURSING, GRANT]


def retriever(folder: Path, *passages: Passage) -> Retriever:
    """A retriever over these passages, with an encoder that sees whole words only."""
    encoder = WordEncoder()
    build_index(folder, passages, encoder, {})
    return Retriever(open_index(folder, encoder.name), encoder)


@pytest.fixture(scope="module")
def offers(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    return retriever(tmp_path_factory.mktemp("offers"), *OFFERS)


@pytest.mark.parametrize("mode", MODES)
def test_what_shares_the_questions_words_comes_first(offers: Retriever, mode: Mode) -> None:
    hit = offers.search(Query("Gibt es einen Zuschuss zum Führerschein?"), mode).hits[0]

    assert hit.passage == GRANT
    assert (hit.source, set(hit.matched)) == ("grant", {"zuschuss", "fuhrerschein"})


def test_by_words_only_what_resembles_the_question_is_found(offers: Retriever) -> None:
    ranking = offers.search(Query("Krankenhäuser"), "lexical")

    assert sources(ranking) == ["nursing"]
    assert ranking.hits[0].similarity == 0


def test_by_meaning_every_source_has_its_place_and_its_similarity(offers: Retriever) -> None:
    ranking = offers.search(Query("Deutschkurs Kinderbetreuung"), "dense")

    assert sources(ranking)[:2] == ["morning", "course"]
    assert sorted(sources(ranking)) == ["course", "grant", "morning", "nursing"]
    assert ranking.hits[0].similarity == max(hit.similarity for hit in ranking.hits) > 0.5


def test_together_words_find_what_meaning_alone_does_not(offers: Retriever) -> None:
    typo = Query("Füherschein")  # to an encoder of whole words as strange as any other

    assert sources(offers.search(typo, "hybrid"))[0] == "grant"


def test_a_question_in_another_language_stays_out_of_the_search_by_words(offers: Retriever) -> None:
    german, english = Query("Pflege Ausbildung", "de"), Query("Pflege Ausbildung", "en")

    assert offers.search(english, "hybrid").hits == offers.search(english, "dense").hits
    assert offers.search(german, "hybrid").hits != offers.search(german, "dense").hits


def test_words_looked_for_beforehand_are_those_of_their_question_alone(offers: Retriever) -> None:
    course, grant = Query("Deutschkurs am Abend"), Query("Zuschuss Führerschein")
    unprepared = offers.search(course), offers.search(grant)

    offers.prepare(course)

    assert (offers.search(grant), offers.search(course)) == unprepared[::-1]
    offers.prepare(course)
    restricted = offers.search(Query(course.text, facets={"place": "nidda"}))
    assert sources(restricted) == ["nursing"]


def test_a_language_the_content_has_is_searched_by_words_too(tmp_path: Path) -> None:
    english = passage("Nursing apprenticeships at the hospital", "nursing", language="en")

    ranking = retriever(tmp_path, COURSE, GRANT, english).search(Query("apprenticeship", "en"))

    assert sources(ranking)[0] == "nursing"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("facets", "allowed"),
    [
        ({"group": "parents"}, {"morning"}),
        ({"place": "friedberg"}, {"course", "morning"}),
        ({"group": "adults", "place": "friedberg"}, {"course"}),
        ({"group": "parents", "place": "nidda"}, set()),
        ({"group": "children"}, set()),
        ({"colour": "adults"}, set()),
    ],
)
def test_only_passages_with_every_facet_are_found(
    offers: Retriever, mode: Mode, facets: dict[str, str], allowed: set[str]
) -> None:
    ranking = offers.search(Query("Deutschkurs Pflegeausbildung Führerschein", facets=facets), mode)

    assert {hit.source for hit in ranking.hits + ranking.left_out} == allowed


@pytest.mark.parametrize("mode", MODES)
def test_an_example_question_speaks_for_its_source(tmp_path: Path, mode: Mode) -> None:
    asked = passage("Wer bezahlt mir das Auto zum Fahren?", "grant", kind="question")

    hit = retriever(tmp_path, *OFFERS, asked).search(Query("Wer bezahlt das Auto?"), mode).hits[0]

    assert hit.source == "grant"
    assert set(hit.matched) == {"bezahlt", "auto"}


def test_the_passage_shown_is_a_text_though_an_example_was_nearer(tmp_path: Path) -> None:
    asked = passage("Wer bezahlt mir das Auto zum Fahren?", "grant", kind="question")

    ranking = retriever(tmp_path, *OFFERS, asked).search(Query("Wer bezahlt das Auto?"), "dense")

    assert ranking.hits[0].passage == GRANT


@pytest.mark.parametrize("mode", MODES)
def test_several_close_examples_outweigh_a_single_one(tmp_path: Path, mode: Mode) -> None:
    several = [
        passage(f"Lehre als {trade} im Betrieb", "training", kind="question")
        for trade in ("Maler", "Bäcker", "Gärtner")
    ]
    single = passage("Lehre als Koch im Betrieb", "cooking", kind="question")
    texts = [passage("Brot und Suppe", "cooking"), passage("Ausbildungsplätze", "training")]

    ranking = retriever(tmp_path, *OFFERS, *texts, single, *several).search(Query("Lehre im Betrieb"), mode)

    assert sources(ranking)[:2] == ["training", "cooking"]


@pytest.mark.parametrize("mode", MODES)
def test_a_source_is_found_once_however_many_of_its_passages_match(tmp_path: Path, mode: Mode) -> None:
    more = [passage(f"Deutschkurs Stufe {level}", "course") for level in ("A1", "A2", "B1")]

    ranking = retriever(tmp_path, *OFFERS, *more).search(Query("Deutschkurs"), mode)

    assert sorted(set(sources(ranking))) == sorted(sources(ranking))
    assert set(sources(ranking)[:2]) == {"course", "morning"}


def test_what_just_missed_the_limit_is_kept_as_left_out(offers: Retriever) -> None:
    whole = offers.search(Query("Deutschkurs Kinderbetreuung"))
    short = offers.search(Query("Deutschkurs Kinderbetreuung", limit=1))

    assert short.hits == whole.hits[:1]
    assert short.left_out == whole.hits[1:]


@pytest.mark.parametrize("mode", MODES)
def test_hits_come_best_first(offers: Retriever, mode: Mode) -> None:
    scores = [hit.score for hit in offers.search(Query("Deutschkurs Pflegeausbildung"), mode).hits]

    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)


def test_a_question_without_words_is_found_by_meaning_only(offers: Retriever) -> None:
    assert offers.search(Query(""), "lexical").hits == ()
    assert sorted(sources(offers.search(Query("?!")))) == ["course", "grant", "morning", "nursing"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("question", ["Deutschkurs", ""])
def test_an_empty_index_finds_nothing(tmp_path: Path, mode: Mode, question: str) -> None:
    ranking = retriever(tmp_path).search(Query(question), mode)

    assert (ranking.hits, ranking.left_out) == ((), ())
    assert 0 <= ranking.confidence <= 1


def test_an_index_of_one_passage_finds_it(tmp_path: Path) -> None:
    assert sources(retriever(tmp_path, GRANT).search(Query("Führerschein"))) == ["grant"]


def test_evidence_is_stronger_for_a_question_the_content_speaks_of(offers: Retriever) -> None:
    ours = evidence(offers, Query("Zuschuss zum Führerschein"))
    strange = evidence(offers, Query("Raumfahrt zum Mond"))

    assert ours.similarity > strange.similarity
    assert ours.coverage > strange.coverage
    assert ours.known > strange.known


def test_evidence_tells_a_question_in_another_language(offers: Retriever) -> None:
    foreign = [evidence(offers, Query("driving licence", language)).foreign for language in ("de", "en")]

    assert foreign == [False, True]


def evidence(retriever: Retriever, query: Query) -> Evidence:
    found = retriever.search(query).evidence
    assert found is not None
    return found


def sources(ranking: Ranking) -> list[str]:
    return [hit.source for hit in ranking.hits]


def test_what_is_passed_over_in_one_search_is_found_in_the_next(offers: Retriever) -> None:
    question = "Deutschkurs am Abend"
    assert sources(offers.search(Query(question)))[0] == "course"
    assert "course" not in sources(offers.search(Query(question, without=("course",))))
    assert sources(offers.search(Query(question, facets={"group": "parents"}))) == ["morning"]
    assert sources(offers.search(Query(question)))[0] == "course"


def test_a_retriever_that_nobody_holds_any_more_goes_with_its_index(tmp_path: Path) -> None:
    """A newer index is opened several times a day: caches must not keep the older ones."""
    asked = retriever(tmp_path, Passage("a#1", "offer/a", "text", "Umschulung für Erwachsene"))
    for at in range(20):
        asked.foresee(f"Umschulung {at}")
        asked.search(Query(f"Umschulung {at}"))
    gone = weakref.ref(asked)

    newer = retriever(tmp_path / "newer", Passage("b#1", "offer/b", "text", "Deutschkurs"))
    for at in range(20):
        newer.search(Query(f"Deutschkurs {at}", without=(f"kind-{at}",)))
    del asked
    gc.collect()

    assert gone() is None
