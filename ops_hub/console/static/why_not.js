// Keys of the screen: / to the name, j and k through the comparisons. The form works without any of this.
(() => {
  "use strict";
  const pairs = () => [...document.querySelectorAll(".comparison")];

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("#question [name=name]").focus();
    } else if (event.key === "j" || event.key === "k") {
      const all = pairs(), at = all.indexOf(document.activeElement.closest(".comparison"));
      const to = all[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), all.length - 1)];
      if (to) to.focus();
    }
  });

  // The answer is read from its top.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "answer") pairs()[0]?.focus();
  });
})();
