"use strict";
// What is said of one node: details with the messages that say so, paths to others, notes; and the search that finds it.
(function () {
  const hub = window.opsHubChart, { cy, data, nodes, folds, el, byId, notes } = hub, home = byId("card");
  const words = { kind: "what", type: "type", band: "band of the hit", handling: "handling", owner: "owner", birth_date: "born", sex: "sex", nationality: "nationality", first: "first seen", last: "last seen", records: "records", persons: "persons tied", damped: "shared by many", crime_types: "crime types", caveats: "caveats", states: "states" };
  const said = v => Array.isArray(v) ? v.join(", ") : String(v), green = new Set(["protected person", "may need protection", "minor"]);
  let from = null;
  const button = (text, act, cls) => { const b = el("button", text, cls); b.type = "button"; b.addEventListener("click", act); return b; };

  function fade(node) { cy.elements().removeClass("faded"); if (node) cy.elements().not(".box").not(node.closedNeighborhood()).addClass("faded"); }
  function show(id, move) {
    const n = nodes.get(id); if (n && n.fold && hub.standing(id) !== id) hub.open(n.fold);
    const node = cy.getElementById(id); if (node.empty()) return;
    cy.elements().unselect(); node.select(); if (move) { cy.zoom(Math.max(cy.zoom(), 0.9)); cy.center(node); hub.words(); }
    home.replaceChildren(); folds.has(id) ? folded(folds.get(id)) : card(n);
  }
  function folded(f) {
    home.append(el("h3", f.label), button("Open", () => { hub.open(f.id); fade(null); }));
    const list = el("ul"); home.append(el("h2", "In it"), list);
    f.members.slice(0, 200).forEach(m => { const li = el("li"); li.append(button(nodes.get(m).label || m, () => show(m, true), "link")); list.append(li); });
    if (f.members.length > 200) list.append(el("li", (f.members.length - 200) + " more: open it"));
  }
  function card(n) {
    home.append(el("h3", n.label || n.id));
    if (n.find) home.append(el("p", "Find " + n.find + ": " + n.why, "find"));
    if (green.has(n.kind)) home.append(el("p", hub.look(n.kind)[2], "green"));
    const list = el("dl"); home.append(list);
    Object.entries(words).forEach(([key, name]) => { if (n[key] !== undefined && !(key === "kind" && n.kind === n.type)) list.append(el("dt", name), el("dd", said(n[key]))); });
    list.append(el("dt", "id"), el("dd", n.id));
    home.append(button("Collapse neighbours", () => hub.tuck(n.id)), button("Expand neighbours", () => hub.untuck(n.id)), button("Only near it", () => hub.near(n.id, 2)));
    if (n.fold && hub.opened.has(n.fold)) home.append(button("Fold again", () => hub.shut(n.fold)));
    home.append(from && from !== n.id ? button("Path from " + (nodes.get(from).label || from), () => path(from, n.id)) : button("Path from here", () => { from = n.id; show(n.id); }));
    if (from) home.append(button("Forget path", () => { from = null; cy.elements().removeClass("path"); show(n.id); }));
    if (from === n.id) home.append(el("p", "Now choose the other end.", "found"));
    const note = el("textarea"); note.rows = 2; note.setAttribute("aria-label", "Note"); note.placeholder = "Your note; it stays in this page until you save notes"; note.value = notes.get(n.id) || "";
    note.addEventListener("input", () => write(n.id, note.value)); home.append(el("h2", "Note"), note);
    links(n);
  }
  function links(n) {
    const its = data.edges.filter(e => e.source === n.id || e.target === n.id).sort((a, b) => (b.link === "hit") - (a.link === "hit")), items = el("ul");
    home.append(el("h2", its.length + " links"), items);
    const some = at => its.slice(at, at + 60).forEach(e => {
      const other = nodes.get(e.source === n.id ? e.target : e.source), li = el("li"), row = el("span");
      row.append(hub.swatch(other.kind), " " + (e.grade && e.source !== n.id ? "\u2190 " : "") + e.link + " ", button(other.label || other.id, () => { show(other.id, true); }, "link")); li.append(row);
      const more = [e.label, e.grade && "grade " + e.grade, e.owner && "owner " + e.owner, e.handling && "handling " + e.handling, e.count > 1 && e.count + " records", e.caveats && "caveats: " + said(e.caveats)].filter(Boolean).join(" · "); if (more) li.append(el("div", more));
      if (e.first) li.append(el("div", e.first === e.last ? e.first : e.first + " to " + e.last, "cite"));
      e.cites.forEach(([record, source, message, position]) => li.append(el("div", [source, message && "message " + message, record && "record " + record, position !== null && "position " + position].filter(Boolean).join(" · "), "cite")));
      items.append(li);
    });
    some(0); if (its.length > 60) { const more = button((its.length - 60) + " more", () => { more.remove(); some(60); for (let k = 120; k < its.length; k += 60) some(k); }); home.append(more); }
  }

  // The shortest way over what is shown now: what is filtered out or outside the chosen time is not walked over.
  function path(a, b) {
    [a, b].forEach(id => { const n = nodes.get(id); if (n && n.fold && hub.standing(id) !== id) hub.open(n.fold); });
    cy.elements().removeClass("path faded"); const shown = cy.elements(":visible").not(".box");
    const one = cy.getElementById(a), other = cy.getElementById(b), found = shown.has(one) && shown.has(other) ? shown.aStar({ root: one, goal: other }) : { found: false };
    home.replaceChildren(el("h3", "Path"));
    if (!found.found) { home.append(el("p", "No path over what is shown now. Filters, time and collapsed neighbours bound it.")); return []; }
    found.path.addClass("path"); hub.fit(found.path);
    const list = el("ul"); home.append(el("p", (found.path.edges().length) + " steps over what is shown now. To leave out flights or the like, switch them off on the left and ask again."), list);
    found.path.forEach(x => { const li = el("li"); x.isNode() ? li.append(hub.swatch(x.data("kind")), " ", button(x.data("label"), () => show(x.id(), true), "link")) : li.append("↓ " + x.data("link") + (x.data("first") ? " · " + x.data("first") : "")); list.append(li); });
    home.append(button("Forget path", () => { from = null; cy.elements().removeClass("path"); show(b); }));
    return found.path.nodes().map(n => n.id());
  }

  function write(id, text) { text.trim() ? notes.set(id, text) : notes.delete(id); const node = cy.getElementById(id); if (node.nonempty()) node.data("short", hub.called(node.data())); }
  const written = () => JSON.stringify({ chart: data.title, handling: data.foot, notes: [...notes].map(([id, text]) => ({ id, label: (nodes.get(id) || {}).label, text })) }, null, 1);
  function read(text) { let taken = 0; (JSON.parse(text).notes || []).forEach(n => { if (nodes.has(n.id) && typeof n.text === "string") { write(n.id, n.text); taken++; } }); return taken; }
  byId("load").addEventListener("change", e => { const file = e.target.files[0]; if (file) file.text().then(t => { try { byId("found").textContent = read(t) + " notes loaded"; } catch (bad) { byId("found").textContent = "this file holds no notes"; } }); });

  const field = byId("search"), told = byId("found"), plain = s => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); let hits = [], at = 0;
  function search(text) {
    cy.nodes().removeClass("found"); const asked = plain(text.trim());
    hits = asked ? data.nodes.filter(n => plain(n.label || n.id).includes(asked)).map(n => n.id) : []; at = 0;
    if (hits.length) show(hits[0], true);
    hits.forEach(id => cy.getElementById(hub.standing(id)).addClass("found"));
    told.textContent = asked ? hits.length + " found" + (hits.length > 1 ? ", Enter for the next" : "") : "";
    return hits.length;
  }
  field.addEventListener("input", () => search(field.value));
  field.addEventListener("keydown", e => { if (e.key === "Enter" && hits.length) { at = (at + 1) % hits.length; show(hits[at], true); } });
  document.addEventListener("keydown", e => {
    if (e.key === "Escape") { field.value = ""; search(""); fade(null); cy.elements().removeClass("path"); from = null; return; }
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) || e.ctrlKey || e.metaKey || e.altKey) return;
    const pan = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[e.key];
    if (e.key === "/") { e.preventDefault(); field.focus(); } else if (e.key === "+") hub.zoom(1.3); else if (e.key === "-") hub.zoom(1 / 1.3); else if (e.key === "0") hub.fit(); else if (pan) { e.preventDefault(); cy.panBy({ x: pan[0], y: pan[1] }); }
  });
  cy.on("tap", "node", e => { if (!e.target.hasClass("box")) { show(e.target.id(), false); fade(cy.getElementById(e.target.id())); } });
  cy.on("dbltap", "node", e => { const id = e.target.id(); folds.has(id) ? hub.open(id) : hub.untuck(id); });
  cy.on("tap", e => { if (e.target === cy) { fade(null); cy.elements().unselect(); } });
  const finds = data.nodes.filter(n => n.find).sort((a, b) => a.find - b.find || (a.id < b.id ? -1 : 1));
  byId("finds").hidden = !finds.length;
  finds.forEach(n => { const li = el("li"), go = button(n.label || n.id, () => show(n.id, true), "link"); li.value = n.find; go.title = n.why; li.append(go); byId("found-list").append(li); });
  [...hub.links].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 12).forEach(([id, count]) => { const li = el("li"); li.append(button(nodes.get(id).label || id, () => show(id, true), "link"), el("span", " " + count, "cite")); byId("most").append(li); });
  Object.assign(hub, { show, path, search, write, written, read });
})();
