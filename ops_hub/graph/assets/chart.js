"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const LOOK = {
    "passenger": ["#2b6cb0", "ellipse"], "entry": ["#c05621", "diamond"], "protected person": ["#2f855a", "round-diamond"],
    "document": ["#6b46c1", "round-rectangle"], "booking": ["#0987a0", "rectangle"], "flight": ["#4a5568", "triangle"],
    "phone": ["#b7791f", "pentagon"], "email": ["#97266d", "hexagon"], "address": ["#718096", "octagon"],
    "payment": ["#285e61", "rhomboid"], "agency": ["#744210", "vee"]
  };
  const BANDS = { "exact-document": ["#7b1e3a", "solid", 5], "high": ["#c05621", "solid", 4], "review": ["#8a6d00", "dashed", 3] };
  const look = t => LOOK[t] || ["#333333", "ellipse"];
  // a fixed sequence instead of chance: the same network gives the same picture
  let seed = 20231; Math.random = function () { seed = (seed * 1664525 + 1013904223) % 4294967296; return seed / 4294967296; };
  const el = (tag, text, cls) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (cls) e.className = cls; return e; };
  const short = s => s.length > 34 ? s.slice(0, 33) + "…" : s;
  const many = data.nodes.length > 600;
  const cy = cytoscape({
    container: document.getElementById("cy"), minZoom: 0.02, maxZoom: 4, textureOnViewport: many, hideEdgesOnViewport: many,
    elements: {
      nodes: data.nodes.map(n => ({ data: Object.assign({}, n, { short: short(n.label) }) })),
      edges: data.edges.map((e, i) => ({ data: Object.assign({ id: "e" + i }, e) }))
    },
    style: [
      { selector: "node", style: { "background-color": n => look(n.data("type"))[0], shape: n => look(n.data("type"))[1], width: 26, height: 26, label: "data(short)",
        "font-size": 13, "text-valign": "bottom", "text-margin-y": 3, "text-outline-color": "#fff", "text-outline-width": 2, color: "#1b2733", "min-zoomed-font-size": 7, "text-wrap": "wrap", "text-max-width": 120 } },
      { selector: "node[band]", style: { width: 40, height: 40, "border-width": n => BANDS[n.data("band")][2], "border-color": n => BANDS[n.data("band")][0], "border-style": n => BANDS[n.data("band")][1], "font-size": 18, "font-weight": "bold", "min-zoomed-font-size": 5, "text-max-width": 190, "z-index": 5 } },
      { selector: "edge", style: { width: 1.4, "line-color": "#a9b6c2", "curve-style": "haystack" } },
      { selector: "edge[link = 'hit']", style: { width: 3.5, "line-color": e => BANDS[e.data("band")][0], "line-style": e => BANDS[e.data("band")][1], "curve-style": "bezier", label: "data(label)", "font-size": 10, "text-outline-color": "#fff", "text-outline-width": 2, "min-zoomed-font-size": 7 } },
      { selector: "edge[link = 'perhaps same person']", style: { "line-style": "dotted", "line-color": "#2b6cb0", width: 2 } },
      { selector: ".found", style: { "underlay-color": "#ffd54a", "underlay-padding": 9, "underlay-opacity": 0.9, "min-zoomed-font-size": 0 } },
      { selector: ".faded", style: { opacity: 0.12 } },
      { selector: ":selected", style: { "overlay-color": "#0b5cad", "overlay-opacity": 0.2, "overlay-padding": 7 } },
      { selector: ".hidden", style: { display: "none" } }
    ]
  });
  const state = document.getElementById("state");
  const api = window.opsHubChart = { ready: false, nodes: data.nodes.length, edges: data.edges.length, search: search, visible: () => cy.nodes(":visible").length, cy: cy };

  const off = { type: new Set(), band: new Set() }; let lonely = true;
  function apply() {
    cy.batch(() => {
      cy.nodes().forEach(n => { const gone = off.type.has(n.data("type")) || (n.data("band") && off.band.has(n.data("band"))); n.toggleClass("hidden", !!gone); });
      if (!lonely) cy.nodes().not(".hidden").forEach(n => { if (n.neighborhood("node").not(".hidden").empty()) n.addClass("hidden"); });
    });
  }
  function boxes(id, kind, values, swatch) {
    const home = document.getElementById(id);
    values.forEach(([value, count]) => {
      const row = el("label"), box = el("input"); box.type = "checkbox"; box.checked = true;
      box.addEventListener("change", () => { box.checked ? off[kind].delete(value) : off[kind].add(value); apply(); });
      row.append(box, swatch(value), el("span", value), el("span", count, "n")); home.append(row);
    });
  }
  const count = key => { const c = {}; data.nodes.forEach(n => { if (n[key]) c[n[key]] = (c[n[key]] || 0) + 1; }); return Object.entries(c); };
  const SHAPES = { ellipse: "circle(50%)", diamond: "polygon(50% 0,100% 50%,50% 100%,0 50%)", "round-diamond": "polygon(50% 0,100% 50%,50% 100%,0 50%)", triangle: "polygon(50% 0,100% 100%,0 100%)", pentagon: "polygon(50% 0,100% 38%,82% 100%,18% 100%,0 38%)", hexagon: "polygon(25% 0,75% 0,100% 50%,75% 100%,25% 100%,0 50%)", octagon: "polygon(30% 0,70% 0,100% 30%,100% 70%,70% 100%,30% 100%,0 70%,0 30%)", rhomboid: "polygon(0 0,75% 0,100% 100%,25% 100%)", vee: "polygon(0 0,50% 30%,100% 0,50% 100%)" };
  boxes("types", "type", count("type").sort(), t => { const s = el("span", undefined, "swatch"); s.style.background = look(t)[0]; s.style.clipPath = SHAPES[look(t)[1]] || "none"; return s; });
  boxes("bands", "band", Object.keys(BANDS).map(b => [b, (count("band").find(x => x[0] === b) || [b, 0])[1]]), b => { const s = el("span", undefined, "swatch"); s.style.border = "3px " + BANDS[b][1] + " " + BANDS[b][0]; s.style.borderRadius = "50%"; return s; });
  document.getElementById("lonely").addEventListener("change", e => { lonely = e.target.checked; apply(); });
  document.getElementById("fit").addEventListener("click", () => cy.animate({ fit: { eles: cy.nodes(":visible"), padding: 40 }, duration: 250 }));
  document.getElementById("plus").addEventListener("click", () => cy.zoom({ level: cy.zoom() * 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }));
  document.getElementById("minus").addEventListener("click", () => cy.zoom({ level: cy.zoom() / 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }));

  const box = document.getElementById("search"), told = document.getElementById("found"); let hits = [], at = 0;
  const plain = s => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  function search(text) {
    cy.nodes().removeClass("found"); hits = [];
    const wanted = plain(text.trim());
    if (wanted) hits = cy.nodes().filter(n => plain(n.data("label")).includes(wanted)).toArray();
    hits.forEach(n => n.addClass("found")); at = 0;
    told.textContent = wanted ? hits.length + " found" + (hits.length > 1 ? ", Enter for the next" : "") : "";
    if (hits.length) show(hits[0], true);
    return hits.length;
  }
  box.addEventListener("input", () => search(box.value));
  box.addEventListener("keydown", e => { if (e.key === "Enter" && hits.length) { at = (at + 1) % hits.length; show(hits[at], true); } });
  document.addEventListener("keydown", e => { if (e.key === "/" && document.activeElement !== box) { e.preventDefault(); box.focus(); } if (e.key === "Escape") { box.value = ""; search(""); fade(null); } });

  function fade(node) { cy.elements().removeClass("faded"); if (node) cy.elements().not(node.closedNeighborhood()).addClass("faded"); }
  const home = document.getElementById("card");
  function show(node, move) {
    home.replaceChildren(); cy.elements().unselect(); node.select();
    if (move) cy.animate({ center: { eles: node }, zoom: Math.max(cy.zoom(), 1), duration: 250 });
    home.append(el("h3", node.data("label")));
    const list = el("dl"); [["type", "type"], ["band", "band"], ["handling", "handling"]].forEach(([k, name]) => { if (node.data(k)) list.append(el("dt", name), el("dd", node.data(k))); });
    list.append(el("dt", "id"), el("dd", node.id())); home.append(list);
    const items = el("ul"); home.append(el("h2", "Links"), items);
    node.connectedEdges().forEach(e => {
      const other = e.source().id() === node.id() ? e.target() : e.source(), li = el("li"), a = el("a", other.data("label"));
      a.tabIndex = 0; a.addEventListener("click", () => { show(other, true); fade(other); }); a.addEventListener("keydown", k => { if (k.key === "Enter") show(other, true); });
      li.append(el("span", e.data("link") + " "), a); if (e.data("label")) li.append(el("div", e.data("label")));
      li.append(el("div", [e.data("at"), e.data("feed"), e.data("message_ref") && "message " + e.data("message_ref"), e.data("record_id") && "record " + e.data("record_id")].filter(Boolean).join(" · "), "cite")); items.append(li);
    });
  }
  new ResizeObserver(() => cy.resize()).observe(document.getElementById("cy"));
  cy.on("tap", "node", e => { show(e.target, false); fade(e.target); });
  cy.on("tap", e => { if (e.target === cy) { fade(null); cy.elements().unselect(); } });

  function done() { state.remove(); cy.resize(); cy.fit(cy.nodes(), 40); api.ready = true; document.documentElement.dataset.ready = String(data.nodes.length); const q = /[#&]q=([^&]*)/.exec(location.hash); if (q) { box.value = decodeURIComponent(q[1]); document.documentElement.dataset.found = String(search(box.value)); } }
  if (!data.nodes.length) { state.textContent = "No hits, so there is nothing to link."; api.ready = true; document.documentElement.dataset.ready = "0"; return; }
  setTimeout(() => {
    const layout = cy.layout({ name: "fcose", quality: data.nodes.length > 3000 ? "default" : "proof", animate: false, randomize: true, packComponents: true, nodeSeparation: 60,
      idealEdgeLength: e => e.data("link") === "hit" ? 85 : 55, nodeRepulsion: () => 6000, gravity: 0.35, numIter: many ? 1500 : 2500, nodeDimensionsIncludeLabels: false, tilingPaddingVertical: 25, tilingPaddingHorizontal: 25 });
    layout.one("layoutstop", done); layout.run();
  }, 20);
})();
