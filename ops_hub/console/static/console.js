// What every page needs: times in the reader's zone, countdowns, messages at the side. Screens have their own scripts.
(() => {
  "use strict";
  // English by itself is American to a browser: months first, and clocks of twelve hours.
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const zone = new Intl.DateTimeFormat(language, {
    day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
  });

  // The reader's own time stands beside UTC, which the server wrote.
  function local(root) {
    for (const each of root.querySelectorAll("time[datetime]:not([data-local]):not([data-countdown])")) {
      const at = new Date(each.getAttribute("datetime"));
      if (!/[Z+]|-\d\d:\d\d$/.test(each.getAttribute("datetime").slice(10)) || isNaN(at)) continue;
      each.dataset.local = "";
      if (!/\d:\d\d/.test(each.textContent)) continue;  // a day alone
      if (at.getTimezoneOffset() === 0) continue;
      const own = document.createElement("span");
      own.className = "own-time";
      own.textContent = ` · ${zone.format(at)}`;
      each.append(own);
    }
  }

  function left(minutes) {
    const m = Math.abs(minutes), text = m >= 60 ? `${Math.floor(m / 60)} h ${String(m % 60).padStart(2, "0")}` : `${m} min`;
    return minutes < 0 ? `−${text}` : text;
  }

  function count() {
    for (const each of document.querySelectorAll("[data-countdown]")) {
      const minutes = Math.floor((new Date(each.getAttribute("datetime")) - Date.now()) / 60000);
      if (isNaN(minutes)) continue;
      each.textContent = left(minutes);
      each.classList.toggle("soon", minutes >= 0 && minutes < 30);
      each.classList.toggle("over", minutes < 0);
    }
  }

  // A message at the side; `actions` are [words, function] pairs. Returns a function that takes it away.
  window.opsHub = {
    left,
    toast(words, { kind = "", seconds = 8, actions = [] } = {}) {
      const box = document.createElement("div");
      box.className = `notice ${kind}`;
      const text = document.createElement("p");
      text.textContent = words;
      box.append(text);
      for (const [label, act] of actions) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.addEventListener("click", () => { box.remove(); act(); });
        box.append(button);
      }
      document.getElementById("toasts").append(box);
      const gone = setTimeout(() => box.remove(), seconds * 1000);
      return () => { clearTimeout(gone); box.remove(); };
    },
  };

  // What a page asks for by itself keeps the session of an empty chair no longer open.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.triggeringEvent) event.detail.headers["X-By-Itself"] = "1";
  });
  document.addEventListener("htmx:load", (event) => local(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => { local(document); count(); setInterval(count, 15000); });
})();
