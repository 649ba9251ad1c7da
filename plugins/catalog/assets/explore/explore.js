// The start of the index page and of the graph explorer: their scripts and data come when somebody begins to use them.
(() => {
  "use strict";
  // By what the templates alone write: a heading of a text may be called as anything.
  const page = document.querySelector("div.explore[data-script]");
  const find = page?.querySelector("input[type=search]");
  if (find) document.addEventListener("keydown", (event) => {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
    try { if (localStorage.getItem("callboard.keys") === "off") return; } catch { /* on */ }
    event.preventDefault();
    find.focus();
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
  const graph = document.querySelector("div.graph[data-script]");
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
