// The radar's comforts: a blip and its line in the legend light up together, and a filter by word, ring and movement. The page is complete without.
(() => {
  const chart = document.querySelector(".radar-chart");
  if (!chart) return;
  const blips = [...chart.querySelectorAll(".radar-blip")];
  const lines = new Map([...chart.querySelectorAll(".radar-legend li > a")].map((a) => [a.pathname, a]));
  const rows = new Map([...document.querySelectorAll(".radar-table tbody a")].map((a) => [a.pathname, a.closest("tr")]));
  const path = (blip) => new URL(blip.getAttribute("href"), document.baseURI).pathname;
  const pairs = blips.map((blip) => ({ blip, line: lines.get(path(blip)), row: rows.get(path(blip)), text: blip.getAttribute("aria-label").toLowerCase() }));

  // The name, while somebody points at a blip; for everybody else it is the link's label.
  for (const { blip } of pairs) {
    const name = document.createElementNS("http://www.w3.org/2000/svg", "title");
    name.textContent = blip.getAttribute("aria-label");
    blip.addEventListener("pointerenter", () => blip.append(name));
    blip.addEventListener("pointerleave", () => name.remove());
  }
  for (const { blip, line } of pairs) {
    if (!line) continue;
    const light = (on) => () => [blip, line].forEach((one) => one.classList.toggle("is-on", on));
    for (const one of [blip, line]) {
      for (const name of ["pointerenter", "focus"]) one.addEventListener(name, light(true));
      for (const name of ["pointerleave", "blur"]) one.addEventListener(name, light(false));
    }
  }

  const make = (tag, set, ...parts) => {
    const node = Object.assign(document.createElement(tag), set);
    node.append(...parts);
    return node;
  };
  const word = make("input", { type: "search", placeholder: "Filter entries", autocomplete: "off" });
  word.setAttribute("aria-label", "Filter entries");
  const rings = chart.dataset.rings.split("\n").map((name) => [make("input", { type: "checkbox", checked: true }), name]);
  const moved = make("input", { type: "checkbox" });
  const count = make("output", { className: "muted" });
  const bar = make("form", { className: "radar-filter" }, word,
    ...rings.map(([box, name]) => make("label", {}, box, name)), make("label", {}, moved, "moved only"), count);
  bar.setAttribute("role", "search");
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.addEventListener("input", () => {
    const off = new Set(rings.flatMap(([box], index) => (box.checked ? [] : [String(index)])));
    let shown = 0;
    for (const { blip, line, row, text } of pairs) {
      const still = blip.classList.contains("radar-circle");
      const hide = !text.includes(word.value.trim().toLowerCase()) || off.has(blip.dataset.ring) || (moved.checked && still);
      shown += !hide;
      blip.classList.toggle("is-off", hide);
      blip.tabIndex = hide ? -1 : 0;
      for (const one of [line?.parentElement, row]) if (one) one.hidden = hide;
    }
    count.textContent = shown === pairs.length ? "" : `${shown} of ${pairs.length}`;
  });
  document.querySelector(".head").append(bar);
})();
