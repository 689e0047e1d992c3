"""What the words of `content/situation.yaml` learn from what people say, and what they must not."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.catalog import CONTENT, Catalog, read_content
from assistant.situation import Slots
from tests.house import slot

CONTENT_SLOTS = Slots(Catalog.read(CONTENT).slots, {})


@pytest.mark.parametrize(
    ("message", "learned"),
    [
        # a trade, a place of work or a shift tells of work
        ("ich steh nachts an der Kasse", {"status": ("employed",)}),
        ("seit vier Jahren Spülküche im Krankenhaus", {"status": ("employed",)}),
        ("garsonum, başka iş istiyorum", {"status": ("employed",)}),
        # who draws Arbeitslosengeld is out of work
        ("Arbeitslosengeld läuft bis Mai", {"status": ("unemployed",), "benefit": ("alg1",)}),
        ("cobro el paro", {"status": ("unemployed",), "benefit": ("alg1",)}),
        # a firm asks for itself
        ("hab ne Gärtnerei und such nen Lehrling", {"status": ("employer",), "for_whom": ("firm",)}),
        ("eigenes Studio, ohne Angestellte", {"status": ("self_employed",)}),
        # whoever writes for another helps
        ("ich frag für meine Nachbarin", {"status": ("helper",), "for_whom": ("other",)}),
        ("Kinder: keine", {"children": (False,)}),
        ("mein Sohn (4) geht in die Kita, ich such was", {"children": (True,)}),
        ("Leistungen vom Amt: keine", {"benefit": ("none",)}),
        ("джобцентр платит за квартиру", {"benefit": ("grundsicherung",)}),
        ("Geld krieg ich von keinem Amt", {"benefit": ("none",)}),
        # nobody is meant
        ("my colleague says unemployed people get it for free", {}),
        ("was verdient ein Azubi", {}),
        ("wenn jemand arbeitslos ist, wer zahlt dann", {}),
        ("Dürfen Leute mit Duldung arbeiten?", {}),
    ],
)
def test_what_the_content_learns_of_work_money_and_family(message: str, learned: dict[str, Any]) -> None:
    found = CONTENT_SLOTS.learn(message)
    assert {name: found[name] for name in ("status", "benefit", "children", "for_whom") if name in found} == learned


def test_a_value_gives_way_to_those_that_rule_it_out() -> None:
    told = slot(
        "Lebenslage",
        many=True,
        patterns={"employed": ["im lager"], "unemployed": ["arbeitslos"], "newcomer": ["neu hier"]},
        gives_way={"employed": ["unemployed"]},
    )
    status = Slots({"status": told}, {})
    assert status.learn("im Lager gearbeitet, jetzt arbeitslos und neu hier") == {"status": ("unemployed", "newcomer")}
    assert status.learn("im Lager, neu hier") == {"status": ("employed", "newcomer")}


def test_what_is_said_plainly_counts_against_what_gives_way_and_against_vetoes() -> None:
    told = slot(
        "Lebenslage",
        many=True,
        patterns={"employed": ["im lager"], "unemployed": ["arbeitslos"], "newcomer": ["neu hier"]},
        unless={"employed": ["gekündigt"]},
        gives_way={"employed": ["unemployed"]},
        surely={"employed": ["fest angestellt"]},
    )
    status = Slots({"status": told}, {})
    assert status.learn("im Lager, gekündigt") == {}
    assert status.learn("gekündigt, neu hier, nun fest angestellt") == {"status": ("employed", "newcomer")}
    assert status.learn("bin arbeitslos gewesen, jetzt fest angestellt") == {"status": ("employed",)}


def test_of_one_value_only_the_plain_one_is_learned() -> None:
    german = slot("Deutsch", patterns={"a1": ["a1"], "none": ["kein deutsch"]}, surely={"none": ["nicht mal a1"]})
    assert Slots({"german": german}, {}).learn("Deutsch nicht mal A1") == {"german": ("none",)}


@pytest.mark.parametrize(
    ("message", "learned"),
    [
        ("War Azubi beim Gärtner, seit März fahr ich Lkw", {"status": ("employed",)}),
        ("hatte bis letzten Sommer Bürgergeld, jetzt arbeite ich in der Wäscherei", {"status": ("employed",)}),
        ("bin nicht arbeitslos! bin fest angestellt bei einer Spedition", {"status": ("employed",)}),
        ("jetzt steh ich ohne Arbeit da", {"status": ("unemployed",)}),
        ("ab August bin ich Azubi in der Bank", {}),
        ("mit Deutsch hab ich gar nicht so viele Probleme", {}),
        ("C1 ist mein Ziel, B1 hab ich", {"german": ("b1",)}),
        ("seit letztem Jahr Deutscher!", {"residence": ("german",)}),
        ("meine Ex kriegt Bürgergeld, ich will eine Umschulung", {}),
    ],
)
def test_what_is_so_now_counts_and_not_what_was_or_will_be(message: str, learned: dict[str, Any]) -> None:
    assert CONTENT_SLOTS.learn(message) == learned


@pytest.mark.parametrize(
    ("message", "learned"),
    [
        # a level, a paper, a certificate, an illness: the word alone
        ("A2 fertig, suche jetzt einen B1 Kurs", {"german": ("a2",)}),
        ("Zerspanungstechnik, b zwei, Duldung", {"german": ("b2",), "residence": ("tolerated",)}),
        ("Estin, Deutsch null", {"german": ("none",), "residence": ("eu",)}),
        ("паспорт: гражданка Латвии, немецкий никак", {"german": ("none",), "residence": ("eu",)}),
        ("MSA, kerngesund", {"certificate": ("realschule",), "disability": (False,)}),
        ("Fachabi ja, Kochlehre geschmissen", {"certificate": ("abitur",), "vocational": ("none",)}),
        ("Epilepsie, Beruf keiner", {"disability": (True,), "vocational": ("none",)}),
        ("Studium aus Isfahan, Aufenthaltstitel da", {"residence": ("permit",), "vocational": ("foreign",)}),
        # wanted, asked about, another language's level: nothing
        ("brauche B2", {}),
        ("Kann man mit Duldung eine Ausbildung machen?", {}),
        ("Was ist der Unterschied zwischen Gestattung und Duldung?", {}),
        ("Spanisch B1", {}),
        ("Führerschein Klasse C1", {}),
    ],
)
def test_the_word_alone_tells_what_somebody_is_unless_it_is_wanted_or_asked_about(
    message: str, learned: dict[str, Any]
) -> None:
    mine = ("german", "residence", "certificate", "disability", "vocational")
    assert {slot: values for slot, values in CONTENT_SLOTS.learn(message).items() if slot in mine} == learned


@pytest.mark.parametrize(
    ("message", "learned"),
    [
        # a firm takes somebody on: what it says of them is not said of who asks
        ("Zahlt Hessen dem Betrieb einen Zuschuss für einen Azubi aus Syrien?", {}),
        ("Was kostet mich ein Azubi im zweiten Lehrjahr?", {"for_whom": ("firm",)}),
        ("Я работодатель, хочу взять ученика", {"for_whom": ("firm",)}),
        # but who is in training, works or is still at school says so all the same
        ("Ich bin Azubi in Hessen, mein Betrieb zahlt nicht", {"status": ("apprentice",)}),
        ("Bin Schüler, neunte Klasse, welche Betriebe nehmen Hauptschüler?", {"status": ("pupil",)}),
        ("Мой работодатель меня уволил", {"status": ("employed",)}),
        # said of the boss, of the season, of those who retrain
        ("Mein Chef hat keine Aufträge mehr", {"status": ("employed", "at_risk")}),
        ("Wir haben schon November und ich hab keine Lehrstelle", {}),
        ("Zwischenprüfung in der Umschulung bestanden, bekomme ich die Prämie?", {}),
        # a school or a level somebody wants, and one they have
        ("Fachabi wo?", {}),
        ("Хочу сделать Abitur", {}),
        ("Realschulabschluss Abendschule Friedberg", {}),
        ("Deutschkurs bis B1", {}),
        ("Habe B1, will bis B2", {"german": ("b1",)}),
        ("Ich hab die Realschule und will Abi machen", {"certificate": ("realschule",)}),
    ],
)
def test_what_a_firm_says_of_others_or_somebody_wants_is_not_learned_of_them(
    message: str, learned: dict[str, Any]
) -> None:
    told = ("status", "certificate", "german", "for_whom")
    assert {slot: values for slot, values in CONTENT_SLOTS.learn(message).items() if slot in told} == learned


# --- clauses that tell nothing -----------------------------------------------------------------------------------

real = Slots(read_content()[0].slots, read_content()[0].places)


@pytest.mark.parametrize(
    "message",
    [
        "falls ich gekündigt werde und arbeitslos bin, was dann?",
        "If I lost my job, would you help?",
        "якби я втратила роботу, що робити",
        "Angenommen ich hätte eine Duldung, dürfte ich lernen?",
    ],
)
def test_what_would_be_if_is_not_learned(message: str) -> None:
    assert real.learn(message) == {}


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("ich arbeite in Friedberg und suche einen Kurs", None),
        ("I work in Bad Vilbel but live in Frankfurt", None),
        ("arbeite in Hanau, wohne in Nidda", "nidda"),
        ("mein Zahnarzt in Altenstadt hat mir das gesagt", None),
        ("früher hab ich in Karben gewohnt", None),
        ("suche Arbeit in Nidda", "nidda"),
        ("pracuję w Butzbach, mieszkam w Rockenberg", "rockenberg"),
    ],
)
def test_a_town_is_home_where_its_clause_says_nothing_else(message: str, place: str | None) -> None:
    assert real.learn(message).get("place", (None,))[0] == place


@pytest.mark.parametrize(
    "message",
    [
        "mein Ex ist selbstständig und zahlt nichts",
        "mein Zahnarzt ist 61",
        "der Fahrlehrer hat nur Hauptschulabschluss",
    ],
)
def test_what_a_landlord_or_an_ex_is_tells_nothing_of_who_asks(message: str) -> None:
    assert not {"age", "certificate"} & real.learn(message).keys()
    assert "self_employed" not in real.learn(message).get("status", ())


def test_what_was_is_not_learned_beside_what_is() -> None:
    assert real.learn("hatte früher eine eigene Firma, heute bin ich angestellt") == {"status": ("employed",)}


def test_what_a_firm_demands_of_its_people_is_not_said_of_itself() -> None:
    learned = real.learn("unsere Gärtnerei stellt Azubis ein, auch gern ohne Schulabschluss")
    assert learned == {"status": ("employer",), "for_whom": ("firm",)}


@pytest.mark.parametrize(
    "message",
    [
        "Meine Mutter ist 62 und fit, ich hingegen komm nicht klar",
        "meine Tochter ist schon 30 und arbeitslos, ich such was für mich",
        "Babam 60 yaşında, ama ben kendim için kurs arıyorum",
        "Können Leute mit 55 noch was anfangen?",
        "Stimmt es, dass Selbstständige nichts bekommen?",
        "Hab gelesen: „Flüchtlinge mit § 24 dürfen sofort arbeiten.“ Ist das wahr?",
    ],
)
def test_nothing_is_learned_of_others_of_groups_or_of_what_is_quoted(message: str) -> None:
    assert not real.learn(message).keys() - {"for_whom"}
    assert real.learn(message).get("for_whom") in (None, ("me",))


@pytest.mark.parametrize(
    ("message", "slot", "values"),
    [
        ("kerngesund, 29 und aus Rosbach", "age", (29,)),
        ("Frage für meinen Nachbarn, er ist um die 40", "age", (40,)),
        ("im Café in Büdingen kellner ich", "status", ("employed",)),
        ("Byłam bezrobotna, ale teraz pracuję w hotelu", "status", ("employed",)),
        ("İşsizim, Butzbach'ta yaşıyorum", "status", ("unemployed",)),
        ("bekomme nichts, weder Bürgergeld noch Arbeitslosengeld", "status", ()),
        ("Ich unterrichte an einer Realschule", "certificate", ()),
        ("die Kleine ist zwei, ich bleib bei ihr zu Hause", "status", ("at_home",)),
        ("unser Salon mit drei Angestellten", "for_whom", ("firm",)),
        ("früher Duldung, seit Januar Aufenthaltserlaubnis", "residence", ("permit",)),
    ],
)
def test_what_is_said_in_other_words_is_learned(message: str, slot: str, values: tuple[Any, ...]) -> None:
    assert real.learn(message).get(slot, ()) == values


@pytest.mark.parametrize(
    ("message", "slot", "values"),
    [
        ("fahre jeden Tag nach Büdingen zur Arbeit", "place", ()),
        ("meine Großeltern stammen aus Hirzenhain", "place", ()),
        ("Nu sunt șomeră, lucrez la un depozit", "status", ("employed",)),
        ("meine Jungs sind erwachsen und ausgezogen", "children", ()),
        ("mein Laden, eine Angestellte, ein Lehrling", "for_whom", ("firm",)),
        ("Schulabschluss: keiner", "certificate", ("none",)),
    ],
)
def test_what_residents_told_later_is_learned_too(message: str, slot: str, values: tuple[Any, ...]) -> None:
    assert real.learn(message).get(slot, ()) == values
