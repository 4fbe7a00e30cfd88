// Deciding and claiming, by key and by button, in the queue and on a case's page: one component. It acts by the JSON API on
// the selected row, else on the [data-case] of the page, and tells the page by events: opshub:acted, opshub:held.
(() => {
  "use strict";
  const held = new Map();  // id to {case, until, row words, toast, timer}
  let acting = null, dialog = null;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const word = (name, values = {}) => fill(acting.dataset[`word${name}`], values);
  const list = (text) => (text || "").split("|").filter(Boolean);
  const named = (outcome) => acting.querySelector(`[data-outcome="${CSS.escape(outcome)}"] span`)?.textContent || outcome;

  function target() {
    const row = document.querySelector('tr[data-case][aria-selected="true"]');
    return row || document.querySelector("main [data-case]:not(tr)");
  }

  async function api(method, path, body) {
    const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    const purpose = document.querySelector(".head .purpose input")?.value || "";
    headers["X-Purpose"] = purpose.replace(/[^\x20-\xff]/g, "?");
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 401) throw new Error(word("Out"));
    if (!answer.ok) throw new Error(told.detail || answer.statusText);
    return told;
  }

  const said = (error) => error instanceof TypeError ? word("Away") : error.message;
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const toast = (words, options) => window.opsHub.toast(words, options);

  // What was done last stands alone: who works fast would have the table hidden by what they did.
  let away = () => {};
  function done(words, options) {
    away();
    return (away = toast(words, options));
  }

  async function act(number, verb, detail, hold) {
    const told = await api("POST", `/cases/${number}/acts`, { verb, detail, hold });
    const waits = told.held || (told.id && told.until ? told : null);
    if (waits) keep({ id: waits.id, until: waits.until, case: Number(number), outcome: detail.outcome || verb });
    else tell("opshub:acted", { case: Number(number), verb, told });
    return told;
  }

  // An act that waits: marked where the case stands, with a way back, until its time has come.
  function keep(one) {
    if (held.has(one.id)) return;
    const until = new Date(one.until), left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const what = named(one.outcome);
    one.gone = done(word("Held", { case: one.case, what, n: left() }), { seconds: left() + 1, actions: [[word("Undo"), () => undo(one.id)]] });
    one.words = () => word("Mark", { what, n: left() });
    held.set(one.id, one);
    mark();
    one.timer = setInterval(() => {
      if (left() > 0) return mark();
      drop(one.id);
      // who watches a case alone hears of nothing: look again when it is done
      setTimeout(() => tell("opshub:acted", { case: one.case, verb: "decide", told: null }), 1500);
    }, 1000);
  }

  function drop(id) {
    const one = held.get(id);
    if (!one) return;
    clearInterval(one.timer);
    one.gone();
    held.delete(id);
    mark();
  }

  // Each has its own way back where the case stands; a button stays the same one while its words count down.
  function mark() {
    for (const each of document.querySelectorAll(".tag.held")) if (!held.has(each.dataset.id)) each.remove();
    for (const one of held.values()) {
      const here = document.querySelector(`main [data-case="${one.case}"]`);
      if (!here) continue;
      let tag = document.querySelector(`.tag.held[data-id="${CSS.escape(one.id)}"]`);
      if (!tag) {
        tag = Object.assign(document.createElement("button"), { type: "button", className: "tag held" });
        tag.dataset.id = one.id;
        tag.addEventListener("click", (event) => { event.stopPropagation(); undo(one.id); });
        if (here.matches("tr")) here.cells[1].append(tag); else acting.prepend(tag);
      }
      tag.textContent = one.words();
    }
    tell("opshub:held", { cases: [...held.values()].map((one) => one.case) });
  }

  async function undo(id) {
    id = id || [...held.keys()].pop();
    if (!id) return toast(word("Nothing"), { seconds: 4 });
    const one = held.get(id);
    try {
      await api("DELETE", `/cases/held/${encodeURIComponent(id)}`);
      done(word("Undone", { case: one.case }), { kind: "good", seconds: 5 });
    } catch (error) {
      toast(said(error), { kind: "bad" });
    }
    drop(id);
  }

  async function claim() {
    const at = target();
    if (!at) return toast(word("None"), { seconds: 4 });
    try {
      await act(at.dataset.case, "claim", {}, false);
      done(word("Claimed", { case: at.dataset.case }), { kind: "good", seconds: 4 });
    } catch (error) {
      toast(said(error), { kind: "bad" });
    }
  }

  function decide(outcome) {
    const at = target();
    if (!at) return toast(word("None"), { seconds: 4 });
    const button = acting.querySelector(`[data-outcome="${CSS.escape(outcome)}"]`), status = at.dataset.status;
    if (status && !list(button.dataset.from).includes(status)) {
      const first = list(acting.dataset.claimFrom).includes(status) && list(button.dataset.from).includes("claimed");
      return toast(word(first ? "ClaimFirst" : "NotSo", { case: at.dataset.case, status }), { kind: "warn", seconds: 6 });
    }
    const form = dialog.querySelector("form"), title = dialog.querySelector("h2");
    form.reset();
    form.outcome.value = outcome;
    title.textContent = fill(title.dataset.title, { case: at.dataset.case });
    dialog.dataset.for = at.dataset.case;
    dialog.querySelector("[data-error]").hidden = true;
    second();
    dialog.showModal();
    form.reason.focus();
  }

  function second() {
    const chosen = dialog.querySelector("select").selectedOptions[0];
    dialog.querySelector("[data-second-words]").hidden = !chosen || !("second" in chosen.dataset);
  }

  async function send(event) {
    event.preventDefault();
    const form = dialog.querySelector("form"), box = dialog.querySelector("[data-error]"), button = form.querySelector('[type="submit"]');
    if (button.disabled) return;
    button.disabled = true;
    try {
      await act(dialog.dataset.for, "decide", { outcome: form.outcome.value, reason: form.reason.value.trim() }, true);
      dialog.close();
    } catch (error) {
      box.textContent = said(error);
      box.hidden = false;
    }
    button.disabled = false;
  }

  // On a case's page its own form stands for the list: its buttons say which key does the same.
  function number() {
    [...acting.querySelectorAll("[data-outcome]")].slice(0, 9).forEach((button, at) => {
      const same = document.querySelector(`.case [name="outcome"][value="${CSS.escape(button.dataset.outcome)}"] + span`);
      if (same) same.before(Object.assign(document.createElement("kbd"), { textContent: at + 1 }));
    });
  }

  function begin(part) {
    acting = part;
    dialog = part.querySelector("dialog");
    number();
    part.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || !part.contains(button)) return;
      if (button.dataset.outcome) decide(button.dataset.outcome);
      if (button.dataset.do === "claim") claim();
      if (button.dataset.do === "undo") undo();
      if (button.dataset.do === "cancel") dialog.close();
    });
    dialog.querySelector("form").addEventListener("submit", send);
    dialog.querySelector("select").addEventListener("change", second);
    dialog.querySelector("textarea").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      dialog.querySelector("form").requestSubmit();
    });
    api("GET", "/cases/held").then((mine) => mine.forEach((one) => keep({ ...one, outcome: one.outcome || one.verb }))).catch(() => {});
  }

  document.addEventListener("keydown", (event) => {
    if (!acting || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
    const button = /^[1-9]$/.test(event.key) && acting.querySelectorAll("[data-outcome]")[event.key - 1];
    if (button) decide(button.dataset.outcome);
    else if (event.key === "c" && acting.querySelector('[data-do="claim"]')) claim();
    else if (event.key === "u") undo();
    else return;
    event.preventDefault();
  });

  // A row that was told anew has lost its mark; a case's page shows what became of it.
  document.addEventListener("opshub:rows", mark);
  document.addEventListener("opshub:acted", (event) => {
    const here = document.querySelector("main [data-case]:not(tr)");
    if (here && Number(here.dataset.case) === event.detail.case) location.reload();
  });
  document.addEventListener("opshub:refused", (event) => {
    const one = event.detail;
    toast(`${acting ? word("Refused", { case: one.case, what: named(one.outcome || one.verb) }) : one.case} ${one.why}`, { kind: "bad", seconds: 20 });
  });

  function look() {
    const part = document.querySelector("[data-acting]");
    if (part && part !== acting) begin(part);
  }
  document.addEventListener("DOMContentLoaded", look);
  document.addEventListener("htmx:load", look);
  window.opsHub.acting = { decide, claim, undo };
})();
