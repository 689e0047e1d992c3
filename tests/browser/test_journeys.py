"""What a visitor does from beginning to end: with the keyboard alone, without scripts, with a bad connection."""

from __future__ import annotations

from playwright.sync_api import Route

from tests.browser.conftest import Visiting, Visitor


def focused(visitor: Visitor) -> str:
    """The text of what has the focus."""
    return str(visitor.page.evaluate("document.activeElement.textContent.trim()"))


def press_until(visitor: Visitor, wanted: str, most: int = 80) -> None:
    """Press Tab until something matching a selector has the focus."""
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} was not reached by keyboard")


# --- with the keyboard -------------------------------------------------------------------------------------------


def test_the_first_tab_leads_to_the_question_box(visit: Visiting) -> None:
    visitor = visit().start()
    visitor.page.keyboard.press("Tab")
    assert focused(visitor) == "Zum Eingabefeld"
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.id") == "message"


def test_a_question_is_asked_and_followed_up_by_keyboard_alone(visit: Visiting) -> None:
    visitor = visit().start()
    press_until(visitor, "#message")
    visitor.page.keyboard.type("Einstiegsqualifizierung")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#antwort")
    assert visitor.page.evaluate("document.activeElement.tagName") == "H3"
    press_until(visitor, "button[name=choice]")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_function("() => document.querySelectorAll('.turn').length === 2")
    press_until(visitor, "button[name=forget]")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_function("() => document.querySelectorAll('.turn').length === 3")
    assert visitor.page.locator("button[name=forget]").count() == 0
    assert visitor.errors == []


def test_after_an_answer_focus_is_on_its_heading_and_the_title_names_it(visit: Visiting) -> None:
    visitor = visit().start().ask("Umschulung bitte")
    heading = visitor.page.locator("#antwort h3").inner_text()
    assert focused(visitor) == heading
    assert visitor.page.title() == f"Antwort: {heading} – Lotse"


def test_shift_enter_breaks_the_line(visit: Visiting) -> None:
    visitor = visit().start()
    visitor.page.fill("#message", "eins")
    visitor.page.press("#message", "Shift+Enter")
    visitor.page.type("#message", "zwei")
    assert visitor.page.input_value("#message") == "eins\nzwei"
    assert visitor.page.locator(".turn").count() == 0


def test_the_widget_opens_and_escape_in_the_frame_closes_it(visit: Visiting) -> None:
    visitor = visit().start("/demo")
    press_until(visitor, "lotse-chat")
    visitor.page.keyboard.press("Enter")
    box = visitor.page.frame_locator("iframe").locator("#message")
    box.focus()
    visitor.page.frames[1].wait_for_load_state()  # the box is there before the script that hears the key
    visitor.page.keyboard.press("Escape")
    visitor.page.wait_for_selector("button.pill")
    back = "document.querySelector('lotse-chat').shadowRoot.activeElement.textContent"
    assert visitor.page.evaluate(back) == "Fragen zu Ausbildung und Arbeit?"


# --- without scripts ---------------------------------------------------------------------------------------------


def test_without_scripts_the_whole_journey_works(visit: Visiting) -> None:
    visitor = visit(java_script_enabled=False).start()
    page = visitor.page
    page.fill("#message", "Ich bin 17. Einstiegsqualifizierung")
    page.click("#frage .kern-btn--primary")
    assert page.locator("#antwort h4").first.inner_text() == "Einstiegsqualifizierung"
    assert page.url.endswith("#antwort")
    assert page.title().startswith("Antwort: ")
    page.click("button[name=forget]")
    assert page.locator(".turn").count() == 2
    page.click("button[name=message] >> nth=0")
    assert page.locator(".turn").count() == 3
    page.click("button[name=helped][value=no]")
    page.check("[name=reason][value=wrong]")
    page.click(".feedback button")
    assert page.locator(".thanks").count() == 1
    page.click("button[name=again]")
    assert page.locator(".turn").count() == 3
    assert visitor.errors == []


def test_without_scripts_a_follow_up_is_answered(visit: Visiting) -> None:
    page = visit(java_script_enabled=False).start().page
    page.fill("#message", "Einstiegsqualifizierung")
    page.click("#frage .kern-btn--primary")
    page.click("button[name=choice] >> nth=0")
    assert page.locator("button[name=forget]").inner_text().startswith("Alter: 17")


def test_without_scripts_the_language_changes_and_nothing_is_lost(visit: Visiting) -> None:
    page = visit(java_script_enabled=False).start().page
    page.fill("#message", "Umschulung bitte")
    page.click("#frage .kern-btn--primary")
    page.fill("#message", "noch nicht gesendet")
    page.click("button[name=switch][value=uk]")
    assert page.get_attribute("html", "lang") == "uk"
    assert page.locator("#antwort h4").first.inner_text() == "Umschulung"
    assert page.input_value("#message") == "noch nicht gesendet"


def test_without_scripts_the_merkzettel_is_made_and_left_again(visit: Visiting) -> None:
    page = visit(java_script_enabled=False).start().page
    page.fill("#message", "Umschulung bitte")
    page.click("#frage .kern-btn--primary")
    page.click("form[action='/merkzettel'] button")
    assert page.locator(".sheet h2").first.inner_text() == "Umschulung"
    assert page.locator(".sheet svg").count() == 1
    assert "conversation" not in page.url
    page.click("button[name=again]")
    assert page.locator("#antwort").count() == 1


def test_without_scripts_an_empty_question_is_explained(visit: Visiting) -> None:
    page = visit(java_script_enabled=False).start().page
    page.click("#frage .kern-btn--primary")
    assert page.locator("#error").inner_text() == "Bitte schreiben Sie Ihre Frage in das Feld."
    assert page.get_attribute("#message", "aria-invalid") == "true"
    assert page.title().startswith("Fehler:")


def test_without_scripts_the_host_page_has_a_link(visit: Visiting) -> None:
    visitor = visit(java_script_enabled=False).start("/demo")
    visitor.page.click("text=Zum Lotsen")
    assert visitor.page.locator("#message").count() == 1


# --- when something goes wrong -----------------------------------------------------------------------------------


def test_without_a_connection_the_draft_stays(visit: Visiting) -> None:
    visitor = visit().start()
    visitor.context.set_offline(True)
    visitor.page.fill("#message", "Umschulung bitte")
    visitor.page.press("#message", "Enter")
    visitor.page.wait_for_function("() => document.querySelector('.status').textContent !== ''")
    assert "Der Text steht noch im Feld." in visitor.page.inner_text(".status")
    assert visitor.page.input_value("#message") == "Umschulung bitte"


def test_on_any_surprise_the_form_is_sent_for_real(visit: Visiting) -> None:
    def surprise(route: Route) -> None:
        if route.request.headers.get("x-requested-with") == "fetch":
            route.fulfill(status=200, body="something else", content_type="text/html")
        else:
            route.continue_()

    visitor = visit().start()
    visitor.page.route("**/", surprise)
    visitor.page.fill("#message", "Umschulung bitte")
    with visitor.page.expect_navigation():
        visitor.page.press("#message", "Enter")
    assert visitor.page.locator("#antwort h4").first.inner_text() == "Umschulung"


def test_what_is_written_while_waiting_is_kept(visit: Visiting) -> None:
    visitor = visit().start()
    line = visitor.context.new_cdp_session(visitor.page)
    slow = {"offline": False, "latency": 1000, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    visitor.page.fill("#message", "Umschulung bitte")
    visitor.page.press("#message", "Enter")
    visitor.page.fill("#message", "und noch etwas")
    visitor.page.wait_for_selector("#antwort")
    assert visitor.page.input_value("#message") == "und noch etwas"


def test_a_question_in_another_language_turns_the_frame(visit: Visiting) -> None:
    visitor = visit().start()
    visitor.page.fill("#message", "Я шукаю роботу, допоможіть мені будь ласка. Umschulung")
    visitor.page.press("#message", "Enter")
    visitor.page.wait_for_function("() => document.documentElement.lang === 'uk'")
    assert visitor.page.inner_text("label[for=message]") == "Ваше запитання"


def test_an_emergency_shows_people_and_nothing_else(visit: Visiting) -> None:
    page = visit().start().ask("Ich will nicht mehr leben").page
    assert page.locator(".emergency a[href^='tel:']").count() >= 1
    assert page.locator(".answer.emergency form").count() == 0
    assert page.locator("#message").count() == 1


def test_while_the_server_cannot_answer_the_draft_stays(visit: Visiting) -> None:
    visitor = visit().start()
    visitor.page.route("**/", lambda route: route.fulfill(status=503, body="busy"))
    visitor.page.fill("#message", "Umschulung bitte")
    visitor.page.press("#message", "Enter")
    visitor.page.wait_for_function("() => document.querySelector('.status').textContent !== ''")
    assert visitor.page.inner_text(".status").startswith("Lotse antwortet gerade nicht.")
    assert visitor.page.input_value("#message") == "Umschulung bitte"


def test_a_question_that_is_too_long_stays_in_the_box(visit: Visiting) -> None:
    visitor = visit().start()
    long = "Umschulung bitte " * 130  # beyond the 2,000 characters of a message
    visitor.page.fill("#message", long)
    with visitor.page.expect_navigation():
        visitor.page.click("#frage .kern-btn--primary")
    assert "2000 Zeichen" in visitor.page.inner_text("#error")
    assert visitor.page.input_value("#message") == long


def test_a_lost_conversation_is_said_and_the_question_answered(visit: Visiting) -> None:
    visitor = visit().start()
    visitor.page.evaluate("document.querySelector('#frage [name=conversation]').value = 'lost'")
    visitor.ask("Umschulung bitte")
    assert visitor.page.inner_text(".turn .remark").startswith("Das Gespräch von vorhin ist nicht mehr da.")
    assert visitor.page.locator("#antwort h4").first.inner_text() == "Umschulung"


# --- spoken, and to say on the phone -----------------------------------------------------------------------------

# A device with a German voice of its own, and one whose voices are read out on a server.
VOICES = """local => {
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const speech = {speaking: false, pending: false, getVoices: () => [{lang: "de-DE", localService: local}],
    speak(said) { this.speaking = true; spoken.push([said.lang, said.text]); }, cancel() { this.speaking = false; }};
  Object.defineProperty(window, "speechSynthesis", {value: speech});
}"""


def test_an_answer_is_read_aloud_and_escape_ends_it(visit: Visiting) -> None:
    visitor = visit()
    visitor.page.add_init_script(f"({VOICES})(true)")
    visitor.start().ask("Umschulung bitte")
    visitor.page.click("[data-read]")
    spoken = visitor.page.evaluate("spoken")
    assert spoken[0] == ["de", visitor.page.inner_text("#antwort h3")]
    assert ["de", "Umschulung"] in spoken
    assert visitor.page.inner_text("[data-read]") == "Vorlesen beenden"
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("speechSynthesis.speaking") is False
    assert visitor.page.inner_text("[data-read]") == "Vorlesen"


def test_without_a_voice_of_the_device_itself_nothing_is_read(visit: Visiting) -> None:
    visitor = visit()
    visitor.page.add_init_script(f"({VOICES})(false)")
    visitor.start().ask("Umschulung bitte")
    assert not visitor.page.is_visible("[data-read]")


def test_a_sentence_for_the_phone_is_shown_with_its_meaning_and_copied(visit: Visiting) -> None:
    visitor = visit(permissions=["clipboard-write"]).start("/?sprache=uk").ask("Umschulung bitte")
    assert visitor.page.get_attribute(".say .german", "lang") == "de"
    assert "Добрий день" in visitor.page.inner_text(".say .why")
    visitor.page.click("[data-copy]")
    visitor.page.wait_for_function("() => document.querySelector('[data-copy]').textContent === 'Скопійовано'")
    visitor.page.focus("#message")  # pasted, as a person would: the page itself may not read the clipboard
    visitor.page.keyboard.press("Control+V")
    assert visitor.page.input_value("#message").startswith("Guten Tag. Ich spreche Ukrainisch")


def test_in_another_language_only_content_is_german(visit: Visiting) -> None:
    visitor = visit().start("/?sprache=en").ask("Ich bin 17. Einstiegsqualifizierung")
    assert visitor.page.inner_text("button[name=forget]").startswith("Age: 17")
    assert "because: Age 17" in visitor.page.inner_text(".fit")
    visitor.start("/?sprache=en").ask("Einstiegsqualifizierung")
    assert visitor.page.inner_text(".follow-up legend").startswith("How old are you?")
    assert visitor.page.locator("button[name=choice]").first.inner_text() == "under 18"
