"""Every screen in every state, as a way to get there."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import REPORT_TOKEN, Visitor


def asked(question: str, language: str = "") -> Callable[[Visitor], object]:
    """The chat after a question."""
    return lambda visitor: visitor.start(f"/?sprache={language}" if language else "/").ask(question)


def at(path: str) -> Callable[[Visitor], object]:
    """A page by its address."""
    return lambda visitor: visitor.start(path)


def _empty(visitor: Visitor) -> None:
    visitor.start()
    visitor.page.click("#frage .kern-btn--primary")
    visitor.page.wait_for_selector("[aria-invalid]")


def _merkzettel(visitor: Visitor) -> None:
    visitor.start().ask("Umschulung bitte")
    visitor.page.click("form[action='/merkzettel'] button")
    visitor.page.wait_for_selector(".sheet")


def _not_helped(visitor: Visitor) -> None:
    visitor.start().ask("Umschulung bitte")
    visitor.page.click("button[name=helped][value=no]")
    visitor.page.wait_for_selector("[name=reason]")


def _thanked(visitor: Visitor) -> None:
    visitor.start().ask("Umschulung bitte")
    visitor.page.click("button[name=helped][value=yes]")
    visitor.page.wait_for_selector(".thanks")


def _embedded(visitor: Visitor) -> None:
    visitor.start("/embed").ask("Umschulung bitte")


def _second(visitor: Visitor) -> None:
    visitor.start().ask("Umschulung bitte").ask("Deutschkurs")


def _report(token: str) -> Callable[[Visitor], object]:
    def opened(visitor: Visitor) -> None:
        visitor.start("/bericht").page.fill("#token", token)
        visitor.page.click("text=Bericht zeigen")
        visitor.page.wait_for_selector("figure, #wrong")

    return opened


def _demo_open(visitor: Visitor) -> None:
    visitor.start("/demo")
    visitor.page.click("lotse-chat button.pill")
    visitor.page.frame_locator("iframe").locator("#message").wait_for()


ANSWERS: dict[str, Callable[[Visitor], object]] = {
    "answered": asked("Umschulung bitte"),
    "asking": asked("Einstiegsqualifizierung"),
    "understood": asked("Ich bin 17, arbeitslos, aus Nidda. Einstiegsqualifizierung"),
    "referred": asked("Meine Sanktion"),
    "declined": asked("Wie wird das Wetter?"),
    "unanswered": asked("xyzzy plugh"),
    "emergency": asked("Ich will nicht mehr leben"),
    "smalltalk": asked("Hallo"),
    "comparison": asked("Was ist der Unterschied zwischen Umschulung und Deutschkurs?"),
    "second": _second,
}
SCREENS: dict[str, Callable[[Visitor], object]] = {
    "start": at("/"),
    "empty": _empty,
    **ANSWERS,
    "not-helped": _not_helped,
    "thanked": _thanked,
    "merkzettel": _merkzettel,
    "offers": at("/angebote"),
    "offers-none": at("/angebote?suche=xyzzy"),
    "offers-shared": at("/angebote?o=infotag,umschulung"),
    "offer": at("/angebote/infotag"),
    "actor": at("/stellen/bizentrum"),
    "missing": at("/nirgendwo"),
    "report": _report(REPORT_TOKEN),
    "report-refused": _report("geraten"),
    "about": at("/ueber"),
    "accessibility": at("/barrierefreiheit"),
    "privacy": at("/datenschutz"),
    "imprint": at("/impressum"),
    "embed": at("/embed"),
    "embed-answered": _embedded,
    "demo": at("/demo"),
    "demo-open": _demo_open,
}
ARABIC: dict[str, Callable[[Visitor], object]] = {
    "start": at("/?sprache=ar"),
    "answered": asked("Umschulung bitte", "ar"),
    "understood": asked("Ich bin 17, arbeitslos, aus Nidda. Einstiegsqualifizierung", "ar"),
    "asking": asked("Einstiegsqualifizierung", "ar"),
    "emergency": asked("Ich will nicht mehr leben", "ar"),
    "unanswered": asked("xyzzy plugh", "ar"),
    "declined": asked("Wie wird das Wetter?", "ar"),
    "comparison": asked("Was ist der Unterschied zwischen Umschulung und Deutschkurs?", "ar"),
    "offers": at("/angebote?sprache=ar"),
    "offer": at("/angebote/infotag?sprache=ar"),
    "actor": at("/stellen/bizentrum?sprache=ar"),
    "privacy": at("/datenschutz?sprache=ar"),
}
