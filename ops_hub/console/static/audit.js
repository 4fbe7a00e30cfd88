// Keys of the screen: / to the search, j and k through the lines, n older, p newest. All works without them.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("#search [name=by]").focus();
    } else if (event.key === "n" || event.key === "p") {
      document.querySelector(`[data-key="${event.key}"]`)?.click();
    } else if (event.key === "j" || event.key === "k") {
      const rows = [...document.querySelectorAll("#lines tbody tr")], at = rows.indexOf(document.activeElement);
      rows[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), rows.length - 1)]?.focus();
    }
  });
})();
