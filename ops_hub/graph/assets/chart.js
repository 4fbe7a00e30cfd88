"use strict";
// What is drawn: nodes and edges of the file, folded or not, filtered by what the reader chose. Nothing moves by itself:
// places come with the file. opsHubChart is what the other scripts (and tests) use.
(function () {
  const byId = id => document.getElementById(id), data = JSON.parse(byId("data").textContent), places = JSON.parse(byId("places").textContent);
  const el = (tag, text, cls) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (cls) e.className = cls; return e; };
  const look = kind => data.looks[kind] || data.looks.other, broken = s => s.replace(/\S{18}/g, "$&\u200b");
  const short = s => { const letters = [...s]; return broken(letters.length > 34 ? letters.slice(0, 33).join("") + "…" : s); };
  const called = d => (notes.has(d.id) ? "✎ " : "") + (d.find ? d.find + ". " : "") + short(d.label || d.id);
  // Words keep their size on the screen as the map is drawn nearer; scale is units of the map to one of the screen.
  let scale = 1; const letter = d => (d.kind === data.group ? 13 : d.find ? 16 : d.band ? 14 : 12) * scale, wide = d => (d.find || d.band || d.kind === data.group ? 170 : 105) * scale;
  const say = (key, text) => byId("cy").dataset[key] || text;  // words of a page in another language
  const day = text => text ? Math.floor(Date.parse(text.slice(0, 10) + "T00:00Z") / 864e5) : null;
  const nodes = new Map(data.nodes.map(n => [n.id, n])), folds = new Map(data.folds.map(f => [f.id, Object.assign(f, { members: [] })]));
  const links = new Map(data.nodes.map(n => [n.id, 0]));
  data.nodes.forEach(n => { if (n.fold) folds.get(n.fold).members.push(n.id); });
  data.edges.forEach((e, i) => { e.id = "e" + i; e.a = day(e.first); e.b = day(e.last); links.set(e.source, links.get(e.source) + 1); links.set(e.target, links.get(e.target) + 1); });
  const days = data.edges.flatMap(e => [e.a, e.b]).filter(d => d !== null); let span = days.length ? [days.reduce((a, b) => Math.min(a, b)), days.reduce((a, b) => Math.max(a, b))] : null;
  const off = { kind: new Set(), band: new Set(), handling: new Set(), crime: new Set() }, opened = new Set(), tucked = new Map(), notes = new Map();
  let since = span && span[0], until = span && span[1], boxes = "", lonely = true;

  const many = data.nodes.length > 600, GREY = "#93a3b1";
  const points = shape => shape.flat().join(" "), shaped = shape => shape.length ? { shape: "polygon", "shape-polygon-points": points(shape) } : { shape: "ellipse" };
  const cy = cytoscape({
    container: byId("cy"), minZoom: 0.02, maxZoom: 4, textureOnViewport: many, hideEdgesOnViewport: many, layout: { name: "preset" },
    style: [
      { selector: "node", style: { width: many ? 36 : 28, height: many ? 36 : 28, label: "data(short)", "background-color": data.looks.other[0], "font-size": n => letter(n.data()), "text-valign": "bottom", "text-margin-y": 3, "text-outline-color": "#fff", "text-outline-width": () => 2 * scale, color: "#1b2733", "text-wrap": "wrap", "text-max-width": n => wide(n.data()) } },
      ...Object.entries(data.looks).map(([kind, [colour, shape]]) => ({ selector: "node[kind = \"" + kind + "\"]", style: Object.assign({ "background-color": colour }, shaped(shape)) })),
      { selector: "node[kind = 'group']", style: { width: n => 30 + 4 * Math.sqrt(n.data("size")), height: n => 30 + 4 * Math.sqrt(n.data("size")), "border-width": 4, "border-style": "double", "border-color": "#51606e" } },
      ...Object.entries(data.bands).map(([band, [colour, dashed, width]]) => ({ selector: "node[band = \"" + band + "\"]", style: { width: many ? 58 : 40, height: many ? 58 : 40, "border-width": many ? width * 2 : width, "border-color": colour, "border-style": dashed ? "dashed" : "solid", "font-weight": "bold", "z-index": 5 } })),
      { selector: "node[find]", style: { width: many ? 62 : 44, height: many ? 62 : 44, "outline-width": many ? 9 : 5, "outline-offset": 4, "outline-color": "#1b2733", "font-weight": "bold", "z-index": 6 } },
      { selector: "node.box", style: { shape: "round-rectangle", "compound-sizing-wrt-labels": "exclude", "background-color": "#e9eff5", "background-opacity": 0.6, "border-width": 1, "border-color": "#9fb0c0", padding: 22, "text-valign": "top", "text-margin-y": -2, "font-size": () => 14 * scale, color: "#44525f", "text-max-width": () => 400 * scale } },
      { selector: "node.mute", style: { "text-opacity": 0 } },
      { selector: "edge", style: { width: many ? 3 : 1.6, "line-color": GREY, "line-opacity": many ? 0.55 : 0.9, "curve-style": "haystack" } },
      { selector: "edge[link = 'hit']", style: { width: 3.5, "line-opacity": 1, "curve-style": "bezier", label: "data(label)", "font-size": 10, "text-outline-color": "#fff", "text-outline-width": 2, "min-zoomed-font-size": 7 } },
      ...Object.entries(data.bands).map(([band, [colour, dashed]]) => ({ selector: "edge[band = \"" + band + "\"]", style: { "line-color": colour, "line-style": dashed ? "dashed" : "solid" } })),
      { selector: "edge[grade]", style: { width: 2, "line-color": "#5b3d8a", "line-style": "dashed", "curve-style": "bezier", "target-arrow-shape": "triangle", "target-arrow-color": "#5b3d8a", label: "data(said)", "font-size": 10, "text-outline-color": "#fff", "text-outline-width": 2, "min-zoomed-font-size": 7 } },
      { selector: "edge[link = 'perhaps same person']", style: { "line-style": "dotted", "line-color": "#0072b2", width: 2 } },
      { selector: ".found", style: { "underlay-color": "#ffd54a", "underlay-padding": 9, "underlay-opacity": 0.9, "text-opacity": 1, "z-index": 8 } },
      { selector: ".faded", style: { opacity: 0.12 } }, { selector: "node.quiet", style: { opacity: 0.18 } },
      { selector: "node.path", style: { "underlay-color": "#0b5cad", "underlay-padding": 8, "underlay-opacity": 0.45, "text-opacity": 1, "z-index": 8 } },
      { selector: "edge.path", style: { "line-color": "#0b5cad", width: 6, "line-opacity": 1, "z-index": 9 } },
      { selector: "node:selected", style: { "text-opacity": 1, "z-index": 9 } }, { selector: ":selected", style: { "overlay-color": "#0b5cad", "overlay-opacity": 0.2, "overlay-padding": 7 } },
      { selector: ".hidden", style: { display: "none" } }
    ]
  });

  // Which element stands for a node now: itself, or what it is folded into.
  const standing = id => { const n = nodes.get(id); return n && n.fold && !opened.has(n.fold) ? n.fold : id; };
  const allOff = (set, list) => set.size && list && list.length && list.every(x => set.has(x));
  const kept = n => !(off.kind.has(n.kind) || off.band.has(n.band) || off.handling.has(n.handling) || allOff(off.crime, n.crime_types));
  const inTime = e => e.a === null || (e.b >= since && e.a <= until);
  const edgeKept = e => !(off.band.has(e.band) || off.handling.has(e.handling) || allOff(off.crime, e.crime_types));

  function wanted() {
    const shown = [], drawn = new Set(), where = boxes === "state" ? data.by_state : places;
    const put = (d, label) => {
      const parent = boxes && d[boxes] ? "box:" + d[boxes] : undefined, p = where[d.id] || [0, 0];
      shown.push({ group: "nodes", data: Object.assign({}, d, { parent: parent, label: label, short: called(Object.assign({}, d, { label: label })) }), position: { x: p[0], y: p[1] } });
      if (parent && !drawn.has(parent)) { drawn.add(parent); shown.unshift({ group: "nodes", classes: "box", selectable: false, data: { id: parent, short: boxes === "group" ? data.groups[d[boxes]] : d[boxes], label: "" } }); }
      drawn.add(d.id);
    };
    data.nodes.forEach(n => { if (standing(n.id) === n.id) put(n, n.label || n.id); });
    folds.forEach(f => { if (!opened.has(f.id)) put({ id: f.id, kind: data.group, type: data.group, group: f.group, state: f.state, size: f.members.length }, f.label); });
    const joined = new Map();
    data.edges.forEach(e => {
      const a = standing(e.source), b = standing(e.target);
      if (a === e.source && b === e.target) { shown.push({ group: "edges", data: Object.assign({ said: [e.link, e.grade].filter(Boolean).join(" ") }, e) }); return; }
      if (a === b) return;
      const key = a + "\u0000" + b; let j = joined.get(key);
      if (!j) { j = { id: "f" + e.id, source: a, target: b, link: "folded", of: [] }; joined.set(key, j); }
      j.of.push(e);
    });
    joined.forEach(j => shown.push({ group: "edges", data: j }));
    return shown;
  }
  function redraw() { cy.batch(() => { cy.elements().remove(); cy.add(wanted()); }); apply(); buttons(); }

  // Filters and time on what is drawn. A node that has links, but none in the chosen time, goes quiet.
  function apply() {
    const hiding = new Set(); tucked.forEach(set => set.forEach(id => hiding.add(id)));
    cy.batch(() => {
      cy.nodes().not(".box").forEach(n => { const f = folds.get(n.id()); n.toggleClass("hidden", hiding.has(n.id()) || (f ? !f.members.some(m => kept(nodes.get(m))) : !kept(n.data()))); });
      cy.edges().forEach(e => { const of = e.data("of"); e.toggleClass("hidden", of ? !of.some(x => inTime(x) && edgeKept(x) && kept(nodes.get(x.source)) && kept(nodes.get(x.target))) : !(inTime(e.data()) && edgeKept(e.data()))); });
      const narrowed = span && (since > span[0] || until < span[1]);
      cy.nodes().not(".box").forEach(n => {
        const linked = n.connectedEdges().some(e => !e.hasClass("hidden") && !e.source().hasClass("hidden") && !e.target().hasClass("hidden"));
        n.toggleClass("quiet", !!narrowed && !linked && n.connectedEdges().nonempty());
        if (!lonely && !linked) n.addClass("hidden");
      });
      cy.nodes(".box").forEach(b => b.toggleClass("hidden", b.children().not(".hidden").empty()));
    });
    cy.elements().dirtyStyleCache();  // the library may have kept who is visible from before all of them had their classes
    soon();
  }
  // Which words are shown: the most telling first (finds, hits, what is folded, the best linked), none on another or on a find.
  function words() {
    const z = cy.zoom(), cell = 130 * (scale = z < 1 ? 1 / z : 1 / Math.sqrt(z)), taken = new Map(), rank = d => d.find ? 0 : d.band && d.type !== "entry" ? 1 : d.kind === data.group ? 2 : d.band ? 3 : 4;
    const cells = (b, act) => { for (let i = Math.floor(b[0] / cell); i <= Math.floor(b[2] / cell); i++) for (let j = Math.floor(b[1] / cell); j <= Math.floor(b[3] / cell); j++) if (act(i + "," + j)) return true; return false; };
    const put = b => cells(b, key => { taken.has(key) ? taken.get(key).push(b) : taken.set(key, [b]); });
    const free = (b, id) => !cells(b, key => (taken.get(key) || []).some(t => t[4] !== id && b[0] < t[2] && t[0] < b[2] && b[1] < t[3] && t[1] < b[3]));
    cy.batch(() => {
      const shown = cy.nodes(":visible").not(".box").map(n => [n, n.data(), n.position(), n.width() / 2]);
      const shapes = () => shown.forEach(([, d, p, half]) => { if (d.find || d.band) put([p.x - half, p.y - half, p.x + half, p.y + half, d.id]); });
      const weight = d => d.find || -(links.get(d.id) || d.size || 0);
      shown.sort((a, b) => rank(a[1]) - rank(b[1]) || weight(a[1]) - weight(b[1]) || (a[1].id < b[1].id ? -1 : 1));
      let after = false;
      shown.forEach(([n, d, p, half]) => {
        if (!after && !d.find) { after = true; shapes(); }
        const size = letter(d), most = wide(d), glyph = size * 0.58;
        let line = 0, lines = 1, w = 0; d.short.split(/[\s\u200b]+/).forEach(part => { const l = part.length * glyph; if (line && line + glyph + l > most) { lines++; line = l; } else line += l + (line ? glyph : 0); w = Math.max(w, line / 2); });
        const h = lines * size * 1.1, top = p.y + half + 3, b = [p.x - w, top, p.x + w, top + h, d.id];
        const fits = free(b, d.id); n.toggleClass("mute", !fits); if (fits) put(b);
      });
    });
    cy.style().update();
  }
  let waiting = 0; const soon = () => { waiting = waiting || setTimeout(() => { waiting = 0; words(); }, many ? 150 : 16); }; cy.on("zoom", soon);
  let fitted = 0; const fit = eles => { fitted = performance.now(); cy.fit((eles || cy.nodes(":visible")).boundingBox({ includeLabels: false }), 55); words(); };
  const swatch = kind => picture(look(kind)[0], look(kind)[1]);
  function picture(fill, shape, stroke, dashed) {
    const ns = "http://www.w3.org/2000/svg", s = document.createElementNS(ns, "svg"), p = document.createElementNS(ns, shape.length ? "polygon" : "circle");
    s.setAttribute("viewBox", "-1.2 -1.2 2.4 2.4"); s.setAttribute("class", "swatch"); s.setAttribute("aria-hidden", "true");
    shape.length ? p.setAttribute("points", points(shape)) : p.setAttribute("r", "0.9");
    p.setAttribute("fill", fill); if (stroke) { p.setAttribute("stroke", stroke); p.setAttribute("stroke-width", "0.35"); if (dashed) p.setAttribute("stroke-dasharray", "0.5 0.25"); } s.append(p); return s;
  }
  function filters(home, title, kind, values, mark, words) {
    if (!values.length) return;
    if (title) byId(home).append(el("h4", title));
    values.forEach(([value, count]) => {
      const row = el("label"), box = el("input"); box.type = "checkbox"; box.checked = true; box.dataset.value = value;
      box.addEventListener("change", () => { box.checked ? off[kind].delete(value) : off[kind].add(value); apply(); });
      row.append(box); if (mark) row.append(mark(value)); row.append(el("span", words ? words(value) : value), el("span", count, "n")); byId(home).append(row);
    });
  }
  const counted = of => { const c = {}; data.nodes.forEach(n => [].concat(of(n) || []).forEach(v => { c[v] = (c[v] || 0) + 1; })); return c; };
  const order = Object.keys(data.looks), kinds = Object.entries(counted(n => n.kind)).sort((a, b) => (order.indexOf(a[0]) + 99) % 99 - (order.indexOf(b[0]) + 99) % 99);
  filters("types", "", "kind", kinds, swatch, k => (data.looks[k] || [0, 0, k])[2]);
  const bands = counted(n => n.band); filters("bands", "Ring: band of the hit", "band", Object.keys(data.bands).filter(b => bands[b]).map(b => [b, bands[b]]), b => picture("#fff", [], data.bands[b][0], data.bands[b][1]));
  filters("handling", "Handling of hits", "handling", Object.entries(counted(n => n.handling)).sort());
  filters("crimes", "Crime types", "crime", Object.entries(counted(n => n.crime_types)).sort());

  const iso = d => new Date(d * 864e5).toISOString().slice(0, 10);
  function window_(a, b) {
    since = Math.min(a, b); until = Math.max(a, b); byId("since").value = since; byId("until").value = until;
    byId("window").textContent = iso(since) + say("to", " to ") + iso(until) + " · " + data.edges.filter(inTime).length + say("links", " links");
    [...byId("bars").children].forEach(r => r.setAttribute("class", +r.dataset.b >= since && +r.dataset.a <= until ? "in" : "")); apply();
  }
  function bars() {
    if (!span || span[1] <= span[0]) return;
    byId("when").hidden = false; byId("bars").replaceChildren(); const step = Math.max(1, Math.ceil((span[1] - span[0] + 1) / 40)), bins = [];
    data.edges.forEach(e => { if (e.a !== null) for (let k = Math.floor((e.a - span[0]) / step); k <= Math.floor((e.b - span[0]) / step); k++) bins[k] = (bins[k] || 0) + 1; });
    const n = Math.floor((span[1] - span[0]) / step) + 1, top = bins.reduce((a, b) => Math.max(a, b || 0), 1);
    for (let k = 0; k < n; k++) { const r = document.createElementNS("http://www.w3.org/2000/svg", "rect"), h = 32 * (bins[k] || 0) / top; Object.entries({ x: 200 * k / n, width: 190 / n, y: 34 - h, height: h }).forEach(([a, v]) => r.setAttribute(a, v)); r.dataset.a = span[0] + k * step; r.dataset.b = span[0] + (k + 1) * step - 1; byId("bars").append(r); }
    ["since", "until"].forEach(id => { const i = byId(id); i.min = span[0]; i.max = span[1]; });
  }
  bars(); ["since", "until"].forEach(id => byId(id).addEventListener("input", () => window_(+byId("since").value, +byId("until").value)));

  if (Object.keys(data.groups).length > 1) byId("boxes").append(new Option(say("byGroup", "by group"), "group"));
  if (Object.keys(data.by_state).length) byId("boxes").append(new Option(say("byState", "by state"), "state"));
  function box(how) { boxes = how; byId("boxes").value = how; redraw(); fit(); }
  byId("boxes").addEventListener("change", e => box(e.target.value));
  byId("lonely").addEventListener("change", e => { lonely = e.target.checked; apply(); });
  const zoom = by => cy.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  byId("fit").addEventListener("click", () => fit()); byId("plus").addEventListener("click", () => zoom(1.3)); byId("minus").addEventListener("click", () => zoom(1 / 1.3));
  function open(id) { opened.add(id); redraw(); } function shut(id) { opened.delete(id); redraw(); }
  byId("open").addEventListener("click", () => { folds.forEach(f => opened.add(f.id)); redraw(); }); byId("close").addEventListener("click", () => { opened.clear(); redraw(); });
  byId("untuck").addEventListener("click", () => { tucked.clear(); redraw(); });
  function buttons() { byId("open").hidden = opened.size === folds.size; byId("close").hidden = !opened.size; byId("untuck").hidden = !tucked.size; }

  // Tuck away the neighbours that hang on this node alone; show them again.
  function tuck(id) { const ends = cy.getElementById(id).neighborhood("node:visible").filter(n => n.neighborhood("node:visible").length < 2); if (ends.length) tucked.set(id, new Set(ends.map(n => n.id()))); apply(); buttons(); return ends.length; }
  function untuck(id) {
    const shown = cy.getElementById(id).neighborhood("node"), before = shown.filter(".hidden").length;
    tucked.forEach((set, by) => { shown.forEach(n => set.delete(n.id())); if (!set.size || by === id) tucked.delete(by); });
    const folded = shown.filter(n => folds.has(n.id())).map(n => n.id()); folded.forEach(f => opened.add(f));
    folded.length ? redraw() : apply(); buttons(); return before + folded.length;
  }
  // Only what is within so many steps of a node.
  function near(id, steps) {
    let seen = cy.getElementById(id); for (let k = 0; k < steps; k++) seen = seen.union(seen.neighborhood(":visible").nodes());
    tucked.set("beyond", new Set(cy.nodes(":visible").not(".box").not(seen).map(n => n.id()))); apply(); buttons(); fit(); return seen.length;
  }

  // More nodes and links beside what is drawn: in rings around a node of it, or beside everything.
  function add(more, edges, around) {
    const fresh = more.filter(n => !nodes.has(n.id)), know = id => nodes.has(id), had = new Set(data.edges.map(e => e.source + "\u0000" + e.target + "\u0000" + e.link));
    const b = cy.nodes().boundingBox({ includeLabels: false }), drawn = around && cy.getElementById(standing(around)), at = drawn && drawn.nonempty() ? drawn.position() : { x: b.x2 + 160, y: (b.y1 + b.y2) / 2 };
    fresh.forEach((n, k) => {
      const ring = Math.floor(Math.sqrt((k + 1) / 3)), turn = k * 2.39996, far = 75 * (ring + 1);
      nodes.set(n.id, n); links.set(n.id, 0); data.nodes.push(n); places[n.id] = n.id === around ? [at.x, at.y] : [at.x + far * Math.cos(turn), at.y + far * Math.sin(turn)];
    });
    const joined = edges.filter(e => know(e.source) && know(e.target) && !had.has(e.source + "\u0000" + e.target + "\u0000" + e.link));
    joined.forEach(e => { e.id = "e" + data.edges.length; e.a = day(e.first); e.b = day(e.last); data.edges.push(e); links.set(e.source, links.get(e.source) + 1); links.set(e.target, links.get(e.target) + 1); });
    const whole = !span || (since === span[0] && until === span[1]), seen = joined.flatMap(e => [e.a, e.b]).filter(d => d !== null);
    if (seen.length) { span = [Math.min(span ? span[0] : Infinity, ...seen), Math.max(span ? span[1] : -Infinity, ...seen)]; bars(); if (whole) [since, until] = span; }
    redraw(); if (span && span[1] > span[0]) window_(since, until);
    return fresh.map(n => n.id);
  }

  const state = byId("state");
  const api = window.opsHubChart = { ready: false, data, cy, nodes, folds, links, notes, places, opened, tucked, el, byId, look, swatch, called, letter, words, standing, apply, redraw, fit, zoom, open, shut, tuck, untuck, near, add, box, window: window_, off,
    get span() { return span; }, visible: () => cy.nodes(":visible").not(".box").length, quiet: () => cy.nodes(".quiet").length };
  let touched = false; cy.on("viewport", () => { touched = touched || performance.now() - fitted > 400; });
  new ResizeObserver(() => { cy.resize(); if (!touched) fit(); }).observe(byId("cy"));
  api.start = () => {
    if (!data.nodes.length) { state.textContent = say("nothing", "Nothing was found, so there is nothing to link."); } else { redraw(); state.remove(); cy.resize(); fit(); if (span && span[1] > span[0]) window_(span[0], span[1]); }
    api.ready = true; api.ms = Math.round(performance.now()); document.documentElement.dataset.ready = String(data.nodes.length);
  };
})();
