/* Printing and sharing the sheet; without scripts the browser's own menu prints it. */
(() => {
  "use strict";
  const print = document.querySelector("[data-print]");
  const share = document.querySelector("[data-share]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
    document.querySelector("[data-no-script]").hidden = true;
  }
  if (share && share.dataset.share && (navigator.share || navigator.clipboard)) {
    share.hidden = false;
    share.addEventListener("click", async () => {
      if (navigator.share) return navigator.share({ url: share.dataset.share, title: document.title }).catch(() => {});
      await navigator.clipboard.writeText(share.dataset.share);
      share.parentElement.querySelector("[role=status]").textContent = share.dataset.done;
    });
  }
})();
