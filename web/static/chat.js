/* Sends the chat's forms with fetch and appends the rendered turn; on any surprise the form is sent for real. */
(() => {
  "use strict";
  const turns = document.querySelector(".turns");
  const status = document.querySelector(".status");
  if (!turns || !status || !window.fetch) return;
  const PATIENCE = 700; // ms; a faster answer needs no word about waiting
  let busy = false;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.plain || event.submitter?.name === "switch") return;
    if (!("chat" in form.dataset) && !("feedback" in form.dataset)) return;
    event.preventDefault();
    if (!busy) send(form, event.submitter);
  });

  document.addEventListener("keydown", (event) => {
    const box = event.target;
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
      if (!response.ok) throw new Error(String(response.status));
      const part = new DOMParser().parseFromString(await response.text(), "text/html");
      if ("feedback" in form.dataset) thank(form, part);
      else if (response.headers.get("Content-Language") !== document.documentElement.lang) throw new Error("language");
      else append(form, part, asked);
      status.textContent = "";
    } catch (surprise) {
      if (surprise instanceof TypeError) status.textContent = status.dataset.offline; // no network: the draft stays
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
    document.querySelectorAll(".once").forEach((old) => old.remove());
    document.getElementById("antwort")?.removeAttribute("id");
    turns.append(document.adoptNode(turn));
    const unsent = draft();
    const old = document.getElementById("frage");
    old.replaceWith(document.adoptNode(ask));
    if (form !== old || unsent !== asked) document.getElementById("message").value = unsent;
    document.title = turn.dataset.title;
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

  if (window.parent !== window) {
    document.addEventListener("keydown", (event) => {
      // Carries nothing, so it may go to any origin; the widget checks that it comes from its own frame.
      if (event.key === "Escape") window.parent.postMessage({ type: "lotse:close" }, "*");
    });
  }
})();
