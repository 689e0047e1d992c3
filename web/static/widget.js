/* <lotse-chat src label language close-label placement="corner|inline" topic open>: a button that opens the chat in a
   frame. What stands between the tags is the link for when this script does not run. Stores and loads nothing before. */
customElements.get("lotse-chat") || customElements.define("lotse-chat", class extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot || !window.CSSStyleSheet || !document.adoptedStyleSheets) return;
    const root = this.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :host { display: block; font: 1.125rem/1.4 var(--lotse-font, system-ui, sans-serif); }
      button { font: inherit; min-block-size: 48px; padding: .5rem 1.25rem; border: 2px solid var(--lotse-on-color, #fff); border-radius: 1.5rem; cursor: pointer;
        background: var(--lotse-color, #0b4f8a); color: var(--lotse-on-color, #fff); max-inline-size: 100%; }
      button:focus-visible, a:focus-visible { outline: 3px solid var(--lotse-focus, #8a0049); outline-offset: 2px; }
      section { display: flex; flex-direction: column; background: Canvas; color: CanvasText; border: 1px solid; block-size: 40rem; max-block-size: 100dvh; }
      header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .5rem; }
      h2 { font-size: 1.125rem; margin: 0; flex: 1 0 100%; }
      header :is(a, button) { font-size: 1rem; padding-inline: .5rem; }
      a { color: LinkText; padding-block: .5rem; }
      iframe { flex: 1; border: 0; inline-size: 100%; min-block-size: 10rem; }
      [hidden] { display: none !important; }
      :host(:not([placement=inline])) :is(.pill, section) { position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: var(--lotse-z, 1000); }
      :host(:not([placement=inline])) section { inline-size: min(26rem, 100vw - 2rem); block-size: min(40rem, 100dvh - 2rem); }
      @media (max-width: 40rem) { .pill { font-size: 1rem; padding-inline: .75rem; } }
      @media (max-width: 40rem), (max-height: 30rem) { :host(:not([placement=inline])) section:not(.pill) { inset: 0; inline-size: auto; block-size: auto; overflow: auto; } h2 { display: none; } }
      @media (max-width: 40rem) and (max-height: 30rem) { :host(:not([placement=inline])) .pill { position: static; } }
      @media print { :host { display: none; } }`);
    root.adoptedStyleSheets = [sheet];
    const make = (tag, text, parent) => parent.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
    const label = this.getAttribute("label") || this.textContent.trim();
    const source = new URL(this.getAttribute("src"), document.baseURI);
    for (const [name, value] of [["sprache", this.getAttribute("language")], ["thema", this.getAttribute("topic")]])
      if (value) source.searchParams.set(name, value);
    const pill = make("button", label, root), panel = make("section", "", root), head = make("header", "", panel);
    pill.className = "pill";
    pill.ariaExpanded = "false";
    panel.hidden = true;
    panel.ariaLabel = make("h2", label, head).textContent;
    Object.assign(make("a", this.getAttribute("window-label") || "In eigenem Fenster öffnen", head), { href: source.href.replace("/embed", "/"), target: "_blank", rel: "noopener" });
    const close = make("button", this.getAttribute("close-label") || "Chat schließen", head);
    const show = (open, quiet) => {
      if (open && !this.frame) {
        this.frame = Object.assign(document.createElement("iframe"), { title: label, src: source, allow: "clipboard-write", referrerPolicy: "no-referrer" });
        panel.append(this.frame);
      }
      panel.hidden = !open;
      pill.hidden = open;
      pill.ariaExpanded = String(open);
      quiet || (open ? close : pill).focus();
      this.dispatchEvent(new CustomEvent(open ? "lotse:open" : "lotse:close", { bubbles: true }));
    };
    pill.onclick = () => show(true);
    close.onclick = () => show(false);
    panel.onkeydown = (event) => event.key === "Escape" && show(false);
    addEventListener("message", (event) => {
      if (this.frame && event.source === this.frame.contentWindow && event.origin === source.origin && event.data?.type === "lotse:close") show(false);
    });
    if (this.hasAttribute("open")) show(true, true);
  }
});
