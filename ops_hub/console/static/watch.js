// The queue in the page: followed as it changes, walked through by keys. What may be seen was decided before it came here.
(() => {
  "use strict";
  const QUIET = 20000, AGAIN = 3000;  // ms without a sign of life, until the next try
  const FILTERS = ["status", "band", "handling", "crime_type", "state", "port"];
  let queue, body, live, stream = null, heard = 0, place = "", retry = 0;

  const rows = () => [...body.querySelectorAll("tr[data-case]")];
  const selected = () => body.querySelector('tr[aria-selected="true"]');
  const rowOf = (number) => body.querySelector(`tr[data-case="${number}"]`);

  // --- which row ------------------------------------------------------------------------------------------------------
  function select(row, focus = true) {
    const before = selected();
    if (before && before !== row) {
      before.setAttribute("aria-selected", "false");
      before.tabIndex = -1;
      if (before.classList.contains("left")) before.remove();
    }
    if (!row) return;
    for (const each of body.querySelectorAll('tr[tabindex="0"]')) if (each !== row) each.tabIndex = -1;
    row.setAttribute("aria-selected", "true");
    row.tabIndex = 0;
    sessionStorage.setItem("watch-row", row.dataset.case);
    if (focus) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows(), row = selected(), at = all.indexOf(row);
    const next = all[at < 0 ? 0 : at + by] || (row && row.classList.contains("left") && all[at - by]);  // at the end one goes back from what has left
    if (next) select(next);
    else if (row && row.classList.contains("left")) row.remove();
    else if (row) select(row);
  }

  function reachable() {
    if (!body.querySelector('tr[tabindex="0"]') && rows()[0]) rows()[0].tabIndex = 0;
  }

  function mine(row) {
    row.classList.toggle("mine", (row.querySelector(".by")?.textContent || "").startsWith(`${queue.dataset.actor}:`));
  }

  // --- what changed ---------------------------------------------------------------------------------------------------
  function fits(row) {
    const asked = new URLSearchParams(location.search), flight = (asked.get("flight") || "").trim().toUpperCase();
    return FILTERS.every((name) => !asked.get(name) || row.dataset[name].split("|").includes(asked.get(name))) && row.dataset.flight.toUpperCase().includes(flight);
  }

  const order = (row) => [row.dataset.sort === "" ? Infinity : Number(row.dataset.sort), Number(row.dataset.case)];
  const before = (one, other) => one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);

  function inserted(row) {
    const all = rows().filter((each) => !each.classList.contains("left")), own = order(row);
    const next = all.find((each) => before(own, order(each)));
    const page = Number(queue.dataset.page), pages = Number(queue.dataset.pages);
    if (!next && page < pages) return false;  // it stands on a page after this one
    if (next && next === all[0] && page > 1) return false;  // before this one
    if (next) body.insertBefore(row, next); else body.append(row);
    return true;
  }

  function put(html) {
    const made = document.createElement("template");
    made.innerHTML = html.trim();
    const row = made.content.querySelector("tr"), old = rowOf(row.dataset.case);
    if (!fits(row)) { if (old) leave(old); return 0; }
    mine(row);
    if (old) {
      const focused = document.activeElement === old || old.contains(document.activeElement);
      row.tabIndex = old.tabIndex;
      row.setAttribute("aria-selected", old.getAttribute("aria-selected"));
      const moved = old.dataset.sort !== row.dataset.sort && old.getAttribute("aria-selected") !== "true";
      old.replaceWith(row);
      if (moved) { row.remove(); if (!inserted(row)) return 0; }
      if (focused) row.focus({ preventScroll: true });
      return 0;
    }
    if (!inserted(row)) return 0;
    row.classList.add("fresh");
    return 1;
  }

  // A row that leaves while somebody is at it stays until they go on.
  function leave(row) {
    if (row.getAttribute("aria-selected") !== "true") { row.remove(); return; }
    if (row.classList.contains("left")) return;
    row.classList.add("left");
    const words = document.createElement("span");
    words.className = "gone-words";
    words.textContent = queue.dataset.gone;
    row.cells[1].append(document.createElement("br"), words);
  }

  function steady(change) {
    const at = selected(), from = at && at.getBoundingClientRect().top;
    change();
    const now = at && selected();
    if (now) window.scrollBy(0, now.getBoundingClientRect().top - from);
    queue.querySelector("[data-nothing]").hidden = rows().length > 0;
    reachable();
    document.dispatchEvent(new CustomEvent("opshub:rows"));
  }

  function changed(told) {
    let fresh = 0, left = 0;
    steady(() => {
      for (const each of told.rows) fresh += put(each.html);
      for (const number of told.gone) { const row = rowOf(number); if (row) { left += 1; leave(row); } }
    });
    say(fresh, left);
  }

  function say(fresh, left) {
    const news = document.getElementById("news"), words = [];
    if (fresh) words.push(news.dataset.new.replace("{n}", fresh));
    if (left) words.push(news.dataset.left.replace("{n}", left));
    if (words.length) news.textContent = words.join(", ");
  }

  async function whole() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), fresh = page.querySelector("[data-queue]");
    if (!fresh) return;
    const number = selected()?.dataset.case, focused = body.contains(document.activeElement), known = new Set(rows().map((row) => row.dataset.case));
    steady(() => {
      body.replaceChildren(...fresh.querySelectorAll("tbody tr"));
      rows().forEach(mine);
      Object.assign(queue.dataset, fresh.dataset);
      for (const each of rows()) if (!known.delete(each.dataset.case)) each.classList.add("fresh");
      const row = number && rowOf(number);
      if (row) select(row, focused);
    });
    say(body.querySelectorAll("tr.fresh").length, known.size);
  }

  function count(told) {
    const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });  // as the server writes numbers, in all languages
    for (const each of document.querySelectorAll("[data-counter]")) {
      const value = told[each.dataset.counter];
      if (value === null || value === undefined) { each.textContent = "–"; continue; }
      const kind = each.dataset.kind;
      each.textContent = kind === "share" ? `${(Math.floor(value * 1000) / 10).toFixed(1)} %` : kind === "seconds" ? `${number.format(value / 1000)} s` : number.format(value);
    }
  }

  // --- the stream -----------------------------------------------------------------------------------------------------
  function state(name, words) {
    if (live.dataset.state === name && live.dataset.words === words) return;
    live.dataset.state = name;
    live.dataset.words = words;
    live.querySelector("[aria-hidden]").textContent = name === "live" ? "●" : "▲";
    live.querySelector(".live-words").textContent = live.dataset[words];
  }

  function on(name, then) {
    stream.addEventListener(name, (event) => {
      heard = Date.now();
      if (event.lastEventId) place = event.lastEventId;
      then(JSON.parse(event.data));
    });
  }

  function open() {
    clearTimeout(retry);
    stream?.close();
    heard = Date.now();
    stream = new EventSource(`/watch/events?since=${encodeURIComponent(place)}`);
    on("rows", (told) => { state("live", "live"); changed(told); });
    on("counters", (told) => { state("live", "live"); count(told); });
    on("whole", whole);
    on("away", () => state("not-live", "away"));
    on("refused", (told) => document.dispatchEvent(new CustomEvent("opshub:refused", { detail: told })));
    on("ended", () => { stream.close(); again(); });
    stream.onerror = () => { state("not-live", "notLive"); if (stream.readyState === EventSource.CLOSED) again(); };
  }

  // Not by the browser's own tries: of a session that ended they would never hear.
  async function again() {
    state("not-live", "notLive");
    const answer = await fetch("/api/v1/me").catch(() => null);
    if (answer && (answer.status === 401 || answer.status === 403)) return ended();
    clearTimeout(retry);
    retry = setTimeout(open, AGAIN);
  }

  function ended() {
    state("not-live", "ended");
    const link = document.createElement("a");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = live.dataset.signIn;
    live.append(" ", link);
  }

  // --- keys -----------------------------------------------------------------------------------------------------------
  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    const row = selected();
    if (event.key === "j" || (event.key === "ArrowDown" && row && row.contains(event.target))) step(1);
    else if (event.key === "k" || (event.key === "ArrowUp" && row && row.contains(event.target))) step(-1);
    else if (event.key === "Enter" && row && (event.target === row || event.target === document.body)) location.assign(`/cases/${row.dataset.case}`);
    else if (event.key === "/") document.querySelector('.watch-filters [name="flight"]').focus();
    else if (event.key === "?") document.getElementById("keys").showModal();
    else return;
    event.preventDefault();
  }

  document.addEventListener("DOMContentLoaded", () => {
    queue = document.querySelector("[data-queue]");
    if (!queue) return;
    body = queue.querySelector("tbody");
    live = document.getElementById("live");
    place = queue.dataset.at;
    rows().forEach(mine);
    reachable();
    const last = rowOf(CSS.escape(sessionStorage.getItem("watch-row") || "0"));
    if (last) { reachable(); last.tabIndex = 0; for (const each of rows()) if (each !== last) each.tabIndex = -1; select(last, document.activeElement === document.body); }
    body.addEventListener("focusin", (event) => { const row = event.target.closest("tr[data-case]"); if (row && row !== selected()) select(row, event.target === row); });
    body.addEventListener("click", (event) => { const row = event.target.closest("tr[data-case]"); if (row && !event.target.closest("a")) select(row); });
    body.addEventListener("dblclick", (event) => { const row = event.target.closest("tr[data-case]"); if (row) location.assign(`/cases/${row.dataset.case}`); });
    document.addEventListener("keydown", key);
    document.querySelector("[data-help]").addEventListener("click", () => document.getElementById("keys").showModal());
    const form = document.querySelector(".watch-filters");
    form.addEventListener("change", () => form.requestSubmit());
    form.addEventListener("submit", () => { for (const each of form.elements) if (each.name && !each.value) each.disabled = true; });
    window.addEventListener("pageshow", () => { for (const each of form.elements) each.disabled = false; });
    setInterval(() => { if (Date.now() - heard > QUIET && live.dataset.words !== "ended") { stream?.close(); again(); heard = Date.now(); } }, 2000);
    open();
  });
  window.addEventListener("pagehide", () => stream?.close());
})();
