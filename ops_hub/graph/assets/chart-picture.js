"use strict";
// The view as a picture that stands alone: SVG made here, PNG painted from it, both with title, legend and caveats.
(function () {
  const hub = window.opsHubChart, { cy, data, byId, look } = hub;
  const esc = s => String(s).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g, "\ufffd").replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" }[c]));
  const r = x => Math.round(x * 10) / 10;
  function shape(kind, x, y, half, more, paint) {
    const [own, corners] = look(kind), fill = paint || own, a = " fill=\"" + fill + "\"" + (more || "");
    return corners.length ? "<polygon points=\"" + corners.map(([u, v]) => r(x + u * half) + "," + r(y + v * half)).join(" ") + "\"" + a + "/>" : "<circle cx=\"" + r(x) + "\" cy=\"" + r(y) + "\" r=\"" + r(half) + "\"" + a + "/>";
  }
  const text = (x, y, size, words, more) => "<text x=\"" + r(x) + "\" y=\"" + r(y) + "\" font-size=\"" + r(size) + "\"" + (more || "") + ">" + esc(words) + "</text>";
  function wrapped(words, length) { const lines = [""]; words.split(" ").forEach(w => { if ((lines[lines.length - 1] + " " + w).length > length) lines.push(w); else lines[lines.length - 1] = (lines[lines.length - 1] + " " + w).trim(); }); return lines; }

  function svg() {
    const shown = cy.elements(":visible"), b = shown.nonempty() ? shown.boundingBox({ includeLabels: true }) : { x1: 0, y1: 0, x2: 900, y2: 400 };
    const width = Math.max(b.x2 - b.x1 + 80, 700), u = Math.max(13, width / 85), left = (b.x1 + b.x2) / 2 - width / 2, out = [];
    shown.filter(".box").forEach(n => { const q = n.boundingBox({ includeLabels: false }); out.push("<rect x=\"" + r(q.x1) + "\" y=\"" + r(q.y1) + "\" width=\"" + r(q.w) + "\" height=\"" + r(q.h) + "\" rx=\"8\" fill=\"#eef3f7\" stroke=\"#9fb0c0\"/>", text(q.x1 + 6, q.y1 - 6, 22, n.data("short"))); });
    shown.edges().forEach(e => {
      const s = e.source().position(), t = e.target().position(), band = data.bands[e.data("band")], path = e.hasClass("path");
      out.push("<line x1=\"" + r(s.x) + "\" y1=\"" + r(s.y) + "\" x2=\"" + r(t.x) + "\" y2=\"" + r(t.y) + "\" stroke=\"" + (path ? "#0b5cad" : band ? band[0] : e.data("grade") ? "#5b3d8a" : "#93a3b1") + "\" stroke-width=\"" + (path ? 6 : band ? 3.5 : 1.4) + "\"" + ((band && band[1]) || e.data("grade") ? " stroke-dasharray=\"7 4\"" : "") + "/>");
      if (band || e.data("grade")) out.push(text((s.x + t.x) / 2, (s.y + t.y) / 2, 10, band ? e.data("label") || "" : e.data("said"), " text-anchor=\"middle\""));
    });
    shown.nodes().not(".box").forEach(n => {
      const p = n.position(), half = n.width() / 2, band = data.bands[n.data("band")], size = hub.letter(n.data()), told = !n.hasClass("mute") || n.hasClass("found") || n.hasClass("path") || n.selected(), find = n.data("find");
      out.push("<g" + (n.hasClass("quiet") ? " opacity=\"0.25\"" : "") + "><title>" + esc(n.data("label")) + "</title>" + (find ? shape(n.data("kind"), p.x, p.y, half + 9, "", "#1b2733") + shape(n.data("kind"), p.x, p.y, half + 5, "", "#fff") : "") + shape(n.data("kind"), p.x, p.y, half, band ? " stroke=\"" + band[0] + "\" stroke-width=\"" + band[2] + "\"" + (band[1] ? " stroke-dasharray=\"6 4\"" : "") : n.data("kind") === data.group ? " stroke=\"#51606e\" stroke-width=\"3\"" : ""));
      if (told) wrapped(n.data("short").replace(/\u200b/g, " "), band || find ? 24 : 18).forEach((line, k) => out.push(text(p.x, p.y + half + (find ? 9 : 0) + size * (k + 1), size, line, " text-anchor=\"middle\" paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"" + r(size / 4) + "\"" + (band || find ? " font-weight=\"bold\"" : "")))); out.push("</g>");
    });
    const top = b.y1 - u * 3; out.push(text(left + 20, top + u * 0.6, u * 1.4, data.title, " font-weight=\"bold\""));
    let x = left + 20, y = b.y2 + u * 2.2; const kinds = new Set(shown.nodes().not(".box").map(n => n.data("kind")));
    const entry = (draw, words) => { const wide = u * (2.4 + 0.56 * words.length); if (x + wide > left + width) { x = left + 20; y += u * 1.8; } out.push(draw(x + u * 0.7, y - u * 0.35), text(x + u * 1.7, y, u, words)); x += wide; };
    Object.keys(data.looks).filter(k => kinds.has(k)).forEach(k => entry((cx, cyy) => shape(k, cx, cyy, u * 0.6, k === data.group ? " stroke=\"#51606e\"" : ""), look(k)[2]));
    const rings = new Set(shown.nodes().map(n => n.data("band"))); Object.entries(data.bands).forEach(([band, [colour, dashed]]) => { if (rings.has(band)) entry((cx, cyy) => "<circle cx=\"" + r(cx) + "\" cy=\"" + r(cyy) + "\" r=\"" + r(u * 0.5) + "\" fill=\"#fff\" stroke=\"" + colour + "\" stroke-width=\"" + r(u * 0.25) + "\"" + (dashed ? " stroke-dasharray=\"" + r(u * 0.4) + " " + r(u * 0.25) + "\"" : "") + "/>", "hit: " + band); });
    y += u * 0.8; data.foot.forEach(line => wrapped(line, width / u * 1.8).forEach(l => { y += u * 1.3; out.push(text(left + 20, y, u * 0.95, l)); }));
    const height = y + u - top + u * 1.2;
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"" + [left, top - u * 1.2, width, height].map(r).join(" ") + "\" width=\"" + r(Math.min(width, 1600)) + "\" height=\"" + r(Math.min(width, 1600) * height / width) + "\" font-family=\"system-ui,'Segoe UI','Noto Sans',sans-serif\" fill=\"#1b2733\"><rect x=\"" + r(left) + "\" y=\"" + r(top - u * 1.2) + "\" width=\"" + r(width) + "\" height=\"" + r(height) + "\" fill=\"#fff\"/>" + out.join("") + "</svg>";
  }
  function png(done) {
    const drawn = svg(), image = new Image();
    image.onload = () => { const c = document.createElement("canvas"), scale = Math.min(2.5, 8000 / Math.max(image.width, image.height)); c.width = image.width * scale; c.height = image.height * scale; c.getContext("2d").drawImage(image, 0, 0, c.width, c.height); done(c.toDataURL("image/png")); };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(drawn);
  }
  function save(name, address) { const a = document.createElement("a"); a.href = address; a.download = name; document.body.append(a); a.click(); a.remove(); }
  const blob = (words, type) => URL.createObjectURL(new Blob([words], { type }));
  const on = (id, act) => { if (byId(id)) byId(id).addEventListener("click", act); };  // the console has its own way to take a chart along
  on("svg", () => save("chart.svg", blob(svg(), "image/svg+xml"))); on("png", () => png(url => save("chart.png", url)));
  on("notes", () => save("notes.json", blob(hub.written(), "application/json"))); on("print", () => window.print());
  window.addEventListener("beforeprint", () => { byId("paper").innerHTML = svg(); });
  Object.assign(hub, { svg, png });
  setTimeout(() => { hub.start(); const q = /[#&]q=([^&]*)/.exec(location.hash); if (q) { byId("search").value = decodeURIComponent(q[1]); document.documentElement.dataset.found = String(hub.search(byId("search").value)); } }, 0);
})();
