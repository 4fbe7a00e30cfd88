// The link chart in the console: fetches what may be seen, hands it to the chart's own scripts, and joins them with the panels.
(() => {
  "use strict";
  const byId = id => document.getElementById(id), home = byId("cy");
  if (!home) return;
  const base = home.dataset.base, words = home.dataset, csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
  let hub = null, chosen = null, step = -1;

  function failed(text) {
    const state = byId("state") || home.appendChild(Object.assign(document.createElement("div"), { id: "state" }));
    state.className = "bad"; state.textContent = text;
  }
  // What the server says of an error is a part of a page; its words are enough here.
  async function said(answer) {
    const part = new DOMParser().parseFromString(await answer.text(), "text/html"), notice = part.querySelector(".notice");
    return notice ? notice.textContent.replace(/\s+/g, " ").trim() : words.failed;
  }
  async function asked(path, form) {
    const headers = { "HX-Request": "true", "X-CSRF-Token": csrf() };
    const answer = await fetch(path, form ? { method: "POST", headers, body: new URLSearchParams(form) } : { headers });
    if (answer.status === 401) { location.href = "/sign-in?next=" + encodeURIComponent(location.pathname); return null; }
    if (!answer.ok) throw new Error(await said(answer));
    return answer.json();
  }
  const held = (id, value) => { const e = document.createElement("script"); e.type = "application/json"; e.id = id; e.textContent = JSON.stringify(value); document.body.append(e); };
  const loaded = address => new Promise((done, no) => { const e = document.createElement("script"); e.src = address; e.onload = done; e.onerror = no; document.body.append(e); });

  async function begin() {
    let told;
    try { told = await asked(`${base}/chart?${words.query}`); } catch (error) { failed(error.message); return; }
    if (!told) return;
    held("data", told.data); held("places", told.places);
    for (const line of [...told.foot]) { const p = document.createElement("p"); p.textContent = line; byId("foot").append(p); }
    byId("size").textContent = `${told.data.nodes.length} ${words.of} ${told.all_nodes} · ${told.reader}`;
    const [chart, picture] = words.scripts.split(" ");
    try { await loaded(chart); hub = window.opsHubChart; joined(); await loaded(picture); begun(); } catch (error) { failed(words.failed); }
  }

  function begun() { hub.ready ? hub.count() : setTimeout(begun, 20); }

  function joined() {
    const { cy } = hub;
    hub.search = text => { byId("q").value = text; return 0; };
    hub.count = () => { byId("count").textContent = `${hub.visible()} ${words.shown}`; };
    const apply = () => setTimeout(hub.count, 60);
    for (const id of ["types", "bands", "handling", "crimes", "lonely", "since", "until"]) byId(id).addEventListener("input", apply);
    cy.on("tap", "node", event => { if (!event.target.hasClass("box")) choose(event.target.id(), false); });
    cy.on("dbltap", "node", event => { const id = event.target.id(); hub.folds.has(id) ? hub.open(id) : expand(id); });
    cy.on("tap", event => { if (event.target === cy) clear(); });
  }

  // Show a node: on the chart where it stands there, and its details, which the server tells.
  function choose(id, move) {
    if (hub.folds.has(id)) { hub.open(id); return; }
    const n = hub.nodes.get(id);
    if (n && n.fold && hub.standing(id) !== id) hub.open(n.fold);
    const node = hub.cy.getElementById(id);
    if (node.nonempty()) {
      hub.cy.elements().unselect(); node.select();
      hub.cy.elements().removeClass("faded"); hub.cy.elements().not(".box").not(node.closedNeighborhood()).addClass("faded");
      if (move) { hub.cy.resize(); hub.cy.zoom(Math.max(hub.cy.zoom(), 0.9)); hub.cy.center(node); hub.words(); }
    }
    chosen = id; home.dataset.chosen = id;
    window.htmx.ajax("GET", `${base}/node?node=${encodeURIComponent(id)}`, { target: "#card", swap: "innerHTML" });
  }
  function clear() { chosen = null; delete home.dataset.chosen; hub.cy.elements().removeClass("faded path found").unselect(); hub.words(); }

  async function expand(id) {
    hub.untuck(id);
    try {
      const told = await asked(`${base}/expand`, { node: id, drawn: JSON.stringify([...hub.nodes.keys()].slice(0, 4000)) });
      if (!told) return;
      const added = hub.add(told.nodes, told.edges, id);
      hub.count();
      window.opsHub.toast(!added.length ? words.none : `${added.length} ${words.added}` + (told.more ? ` · ${told.more} ${words.more}` : ""), { seconds: 5 });
    } catch (error) { window.opsHub.toast(error.message, { kind: "bad" }); }
  }
  // A node that is not drawn yet is brought in with what is beside it.
  async function centred(id) { if (!hub.nodes.has(id)) await expand(id); choose(id, true); }

  function mark(ids) {
    hub.cy.elements().removeClass("found path faded");
    const shown = hub.cy.collection();
    ids.forEach(id => { const n = hub.nodes.get(id); if (n && n.fold && hub.standing(id) !== id) hub.open(n.fold); });
    ids.forEach(id => { const node = hub.cy.getElementById(id); if (node.nonempty()) { node.addClass("found"); shown.merge(node); } });
    if (shown.nonempty()) hub.fit(shown.length > 1 ? shown : shown.closedNeighborhood());
    return shown.length;
  }
  async function way(ids) {
    for (const id of ids) if (!hub.nodes.has(id)) await expand(id);
    mark(ids); hub.cy.elements().removeClass("found");
    ids.forEach((id, k) => {
      const node = hub.cy.getElementById(id); node.addClass("path");
      if (k) node.edgesWith(hub.cy.getElementById(ids[k - 1])).addClass("path");
    });
  }
  function marked(item) {
    const list = item.closest("[data-results]"), ids = JSON.parse(item.dataset.nodes);
    list.querySelectorAll("[aria-current]").forEach(each => each.removeAttribute("aria-current"));
    item.setAttribute("aria-current", "true");
    if (list.dataset.results === "path") { way(ids); return; }
    if (!mark(ids) && ids.length) centred(ids[0]);
  }

  function take(id, label) {
    const list = byId("chosen");
    if ([...list.querySelectorAll("input")].some(each => each.value === id)) return;
    const item = document.createElement("li"), field = document.createElement("input"), name = document.createElement("span"), away = document.createElement("button");
    field.type = "hidden"; field.name = "nodes"; field.value = id; name.textContent = label;
    away.type = "button"; away.className = "quiet small"; away.textContent = words.remove; away.setAttribute("aria-label", `${words.remove}: ${label}`);
    away.addEventListener("click", () => { item.remove(); counted(); });
    item.append(name, away, field); list.append(item); counted();
    byId("adding").open = true;
  }
  function counted() { const n = byId("chosen").children.length; byId("chosen-count").textContent = n; byId("none-chosen").hidden = n > 0; }

  function end(which, id, label) {
    const field = byId(which);
    field.value = id; field.title = label; field.closest("details").open = true;
    if (byId("one").value && byId("other").value) byId("pather").requestSubmit(); else byId(which === "one" ? "other" : "one").focus();
  }
  const acts = {
    expand: card => expand(card.dataset.card), from: card => end("one", card.dataset.card, card.dataset.label), to: card => end("other", card.dataset.card, card.dataset.label),
    choose: card => take(card.dataset.card, card.dataset.label), tuck: card => { hub.tuck(card.dataset.card); hub.count(); },
  };

  document.addEventListener("click", event => {
    if (!hub) return;
    const node = event.target.closest("[data-node]"), act = event.target.closest("[data-act]"), item = event.target.closest("[data-mark]");
    if (node) centred(node.dataset.node);
    if (act) acts[act.dataset.act](act.closest("[data-card]"));
    if (item) marked(item.closest("li"));
  });
  document.addEventListener("htmx:afterSwap", event => {
    if (event.target.id !== "answer" || !hub) return;
    event.target.scrollTop = 0;
    const list = event.target.querySelector("[data-results]"), first = list && list.querySelector("button");
    if (!list) return;
    if (list.dataset.results === "search") {
      const ids = [...list.querySelectorAll("[data-node]")].map(each => each.dataset.node);
      if (ids.length === 1) centred(ids[0]); else mark(ids);
    } else if (list.dataset.results === "path") marked(list.querySelector("li"));
    else mark([...list.querySelectorAll("li")].flatMap(each => JSON.parse(each.dataset.nodes)));
    if (first) first.focus();
  });
  home.addEventListener("keydown", event => {
    if (!hub || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (pan) hub.cy.panBy({ x: pan[0], y: pan[1] });
    else if (event.key === "/") byId("q").focus();
    else if (event.key === "+") hub.zoom(1.3);
    else if (event.key === "-") hub.zoom(1 / 1.3);
    else if (event.key === "0") hub.fit();
    else if (event.key === "Escape") clear();
    else if (event.key === "e" && chosen) expand(chosen);
    else if (event.key === "p" && chosen) end(byId("one").value ? "other" : "one", chosen, chosen);
    else if (event.key === "]" || event.key === "[") {
      const order = [...hub.links].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(each => each[0]);
      step = (step + (event.key === "]" ? 1 : -1) + order.length) % order.length;
      if (order.length) choose(order[step], true);
    } else return;
    event.preventDefault();
  });
  begin();
})();
