// The case page: keys between hits and to the note; parts that are not there yet; acts that wait.
(() => {
  "use strict";
  const root = () => document.querySelector("[data-case]");
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog");

  function step(by) {
    const hits = [...document.querySelectorAll("[data-hit]")];
    if (!hits.length) return;
    const at = hits.indexOf(document.activeElement.closest("[data-hit]"));
    const next = hits[at < 0 ? (by > 0 ? 0 : hits.length - 1) : Math.min(Math.max(at + by, 0), hits.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "q") document.querySelector("[data-queue-link]")?.click();
    else if (event.key === "n") {
      const note = document.querySelector('[data-reason="note"]');
      if (!note) return;
      event.preventDefault();
      note.focus();
    }
  });

  // What is not there leaves a sentence, not the server's page; what is refused is told where it was asked.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.matches(".said")) event.detail.isError = false; // the answer says it in words
    if (event.detail.target.id !== "case-chart" || event.detail.xhr.status < 400) return;
    event.detail.shouldSwap = event.detail.isError = false;
    const said = document.createElement("p");
    said.className = "nothing";
    said.textContent = root().dataset.notThere;
    event.detail.target.replaceChildren(said);
  });

  // An act that waits: the page is read anew once it is done, or taken back.
  document.addEventListener("htmx:afterSwap", (event) => {
    const held = event.detail.target.querySelector("[data-held]");
    if (held) setTimeout(() => location.reload(), Math.max(new Date(held.dataset.held) - Date.now(), 0) + 1500);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("[data-undo]") && event.detail.successful) location.reload();
  });
})();
