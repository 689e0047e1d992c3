/* Sends the chat's forms with fetch and appends the rendered turn; on any surprise the form is sent for real. Beside
   it: an answer read aloud by the device's own voice, and a sentence to copy. */
(() => {
  "use strict";
  const turns = document.querySelector(".turns");
  const status = document.querySelector(".status");
  const framed = window.parent !== window;
  const speech = window.speechSynthesis;
  const PATIENCE = 700; // ms; a faster answer needs no word about waiting
  const LAST = { 429: 1, 502: 1, 503: 1, 504: 1 }; // the server says "not now": a page without the box would lose the text
  let busy = false;

  if (turns && status && window.fetch) {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form.dataset.plain || event.submitter?.name === "switch") return;
      if (!("chat" in form.dataset) && !("feedback" in form.dataset)) return;
      event.preventDefault();
      if (!busy) send(form, event.submitter);
    });
  }

  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.key === "Escape") {
      if (speech?.speaking) return hush();
      // Carries nothing, so it may go to any origin; the widget checks that it comes from its own frame.
      if (framed) window.parent.postMessage({ type: "lotse:close" }, "*");
    }
    if (box.id !== "message" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    box.form.requestSubmit(box.form.querySelector(".kern-btn--primary"));
  });

  async function send(form, submitter) {
    const asked = draft();
    busy = true;
    const waiting = setTimeout(() => (status.textContent = status.dataset.searching), PATIENCE);
    try {
      const body = new URLSearchParams(new FormData(form, submitter));
      const headers = { "X-Requested-With": "fetch" };
      const response = await fetch(form.getAttribute("action").split("#")[0], { method: "POST", body, headers });
      if (LAST[response.status]) return (status.textContent = status.dataset.down);
      if (!response.ok) throw new Error(String(response.status));
      const part = new DOMParser().parseFromString(await response.text(), "text/html");
      if ("feedback" in form.dataset) thank(form, part);
      else if (response.headers.get("Content-Language") !== document.documentElement.lang) throw new Error("language");
      else append(form, part, asked);
      status.textContent = "";
    } catch (surprise) {
      if (surprise instanceof TypeError) status.textContent = status.dataset[navigator.onLine ? "down" : "offline"]; // the draft stays
      else really(form, submitter);
    } finally {
      clearTimeout(waiting);
      busy = false;
    }
  }

  function append(form, part, asked) {
    const turn = part.querySelector(".turn");
    const ask = part.querySelector("#frage");
    if (!turn || !ask) throw new Error("no turn");
    hush();
    document.querySelectorAll(".once").forEach((old) => old.remove());
    document.getElementById("antwort")?.removeAttribute("id");
    turns.append(document.adoptNode(turn));
    const unsent = draft();
    const old = document.getElementById("frage");
    old.replaceWith(document.adoptNode(ask));
    if (form !== old || unsent !== asked) document.getElementById("message").value = unsent;
    document.title = turn.dataset.title;
    offer();
    turn.scrollIntoView();
    turn.querySelector("h3").focus({ preventScroll: true });
  }

  function thank(form, part) {
    const next = part.querySelector("form, .thanks");
    if (!next) throw new Error("no thanks");
    form.replaceWith(document.adoptNode(next));
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }

  function really(form, submitter) {
    form.dataset.plain = "1";
    form.requestSubmit(submitter?.isConnected ? submitter : undefined);
  }

  function draft() {
    return document.getElementById("message").value;
  }

  // --- read aloud: only by a voice of the device itself, so that no text leaves it ---------------------------------

  const voice = (lang) => speech?.getVoices().find((v) => v.localService && v.lang.slice(0, 2) === lang.slice(0, 2));

  /* Shows the buttons that this device can serve. */
  function offer() {
    const speaks = voice(document.documentElement.lang) && voice("de");
    document.querySelectorAll("[data-read]").forEach((button) => (button.hidden = !speaks));
    document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = !navigator.clipboard));
  }

  function read(button) {
    const answer = button.closest(".answer, main");
    const label = button.firstElementChild;
    button.dataset.reading = label.textContent;
    label.textContent = button.dataset.stop;
    for (const part of answer.querySelectorAll("h1, h3, h4, p, dt, dd, li, legend")) {
      if (!part.checkVisibility() || part.closest("form, .noprint") || part.querySelector("p, li")) continue;
      const lang = part.querySelector("[lang]")?.lang || part.closest("[lang]").lang;
      const said = Object.assign(new SpeechSynthesisUtterance(part.innerText.replace(/\[\d+\]/g, "")), { lang, voice: voice(lang) || voice("de") });
      said.onend = () => speech.pending || hush();
      speech.speak(said);
    }
  }

  function hush() {
    speech?.cancel();
    const button = document.querySelector("[data-reading]");
    if (!button) return;
    button.firstElementChild.textContent = button.dataset.reading;
    delete button.dataset.reading;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-read], [data-copy]");
    if (!button) return;
    if ("copy" in button.dataset) navigator.clipboard.writeText(button.dataset.copy).then(() => (button.firstElementChild.textContent = button.dataset.done));
    else if ("reading" in button.dataset) hush();
    else hush(), read(button);
  });
  speech?.addEventListener?.("voiceschanged", offer);
  addEventListener("pagehide", hush);
  offer();
})();
