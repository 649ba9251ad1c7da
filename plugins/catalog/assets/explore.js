// Stars on every page of the catalog, and the start of the index page: its script and its data come when somebody begins to use it.
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

  const page = document.getElementById("explore");
  const find = page?.querySelector("input[type=search]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
    try { if (localStorage.getItem("callboard.keys") === "off") return; } catch { /* on */ }
    if (event.key === "x") {
      const place = document.activeElement?.closest("tr, li, .card")?.querySelector("[data-star]") || document.querySelector(".head [data-star]");
      if (place) toggle(place);
    } else if (event.key === "f" && find) {
      event.preventDefault();
      find.focus();
    }
  });

  // A page that is opened from a folder may fetch nothing: it stays as it is without a script.
  if (location.protocol === "file:") return document.documentElement.classList.add("unscripted");

  const load = (place, fail) => {
    place.setAttribute("aria-busy", "true");
    const script = document.createElement("script");
    script.src = place.dataset.script;
    script.onerror = fail;
    document.head.append(script);
  };
  const plain = (event) => !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const asked = (pattern) => [...new URLSearchParams(location.search).keys()].some((key) => pattern.test(key));

  // The graph explorer: its script comes with a root in the address, at the field for one, or with a click on one.
  const graph = document.getElementById("graph");
  if (graph) {
    let begun = false;
    const begin = (root) => {
      if (root) graph.dataset.wanted = root;
      if (begun) return;
      begun = true;
      load(graph, () => { graph.querySelector("[data-said]").textContent = "The graph could not be loaded. The links below need no script."; });
    };
    graph.classList.add("started");
    graph.addEventListener("focusin", () => begin());
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("[data-root]");
      if (!link || "ready" in graph.dataset || !plain(event)) return;
      event.preventDefault();
      begin(link.dataset.root);
    });
    if (asked(/^rootEntityRefs/)) begin();
  }
  if (!page) return;

  // What was asked for before the script is there, it finds in data-wanted.
  let started = false, failed = false;
  const fail = () => {
    failed = true;
    page.querySelector("[data-count]").textContent = "The list could not be loaded. These links lead to pages that need no script.";
  };
  const start = (wanted) => {
    if (wanted) page.dataset.wanted = JSON.stringify(wanted);
    if (started) return;
    started = true;
    load(page, fail);
  };
  page.addEventListener("callboard:failed", fail);
  page.classList.add("started");
  find.form.addEventListener("submit", (event) => event.preventDefault());
  for (const head of page.querySelectorAll("thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
  }
  const ready = () => "ready" in page.dataset;
  page.addEventListener("click", (event) => {
    if (failed || ready() || !plain(event)) return;
    const link = event.target.closest("[data-value]"), head = event.target.closest("thead th");
    if (link) {
      event.preventDefault();
      start({ facet: link.closest("[data-facet]").dataset.facet, value: link.dataset.value });
    } else if (head) start({ sort: head.dataset.field });
    else if (event.target.name === "explore-list") start({ list: event.target.value });
    else if (event.target.closest(".explore-jump")) {
      event.preventDefault();
      page.classList.toggle("filtering");
      start();
    }
  });
  page.addEventListener("focusin", (event) => { if (event.target.closest("input, [data-facet]")) start(); });
  if (asked(/^(filters\[|limit$|offset$|orderField$)/)) start();
})();
