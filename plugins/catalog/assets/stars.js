// Stars on every page of the catalog.
(() => {
  "use strict";
  const KEY = "callboard.starredEntities";
  let kept = null; // where storage is closed, stars last as long as the page
  const stars = () => {
    if (kept) return kept;
    try {
      const found = JSON.parse(localStorage.getItem(KEY));
      return new Set(Array.isArray(found) ? found : []);
    } catch { return new Set(); }
  };
  const keep = (set) => {
    try { localStorage.setItem(KEY, JSON.stringify([...set].sort())); } catch { kept = set; }
  };
  const dress = () => {
    const starred = stars();
    for (const place of document.querySelectorAll("[data-star]")) {
      let button = place.querySelector("button");
      if (!button) {
        button = document.createElement("button");
        button.type = "button";
        place.replaceChildren(button);
        place.hidden = false;
      }
      const ref = place.dataset.star, on = starred.has(ref);
      button.setAttribute("aria-pressed", String(on));
      button.title = on ? "Take the star away" : "Star";
      button.setAttribute("aria-label", "Star " + ref);
    }
  };
  const tell = () => { dress(); document.dispatchEvent(new Event("callboard:starred")); };
  const toggle = (place) => {
    const set = stars(), ref = place.dataset.star;
    set.delete(ref) || set.add(ref);
    keep(set);
    tell();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-star] > button");
    if (button) toggle(button.parentNode);
  });
  document.addEventListener("callboard:drawn", dress);
  addEventListener("storage", (event) => { if (event.key === KEY) tell(); });
  dress();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
    try { if (localStorage.getItem("callboard.keys") === "off") return; } catch { /* on */ }
    const place = document.activeElement?.closest("tr, li, .card")?.querySelector("[data-star]") || document.querySelector(".head [data-star]");
    if (place) toggle(place);
  });
})();
