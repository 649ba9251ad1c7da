// Callboard's script: every page is complete without it. No globals, no requests, nothing inline.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, props = {}, ...inside) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...inside);
    return node;
  };
  const keep = {
    get(name) {
      try { return localStorage.getItem("callboard." + name); } catch { return null; }
    },
    set(name, value) {
      try { value === null ? localStorage.removeItem("callboard." + name) : localStorage.setItem("callboard." + name, value); } catch { /* remembered for this page only */ }
    },
  };

  // Theme: auto, light, dark.
  const theme = () => root.dataset.theme || "auto";
  const showTheme = () => all("[data-set-theme]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.setTheme === theme())));
  const setTheme = (name) => {
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    keep.set("theme", name === "auto" ? null : name);
    showTheme();
  };
  all(".switch").forEach((group) => { group.hidden = false; });
  all("[data-set-theme]").forEach((b) => b.addEventListener("click", () => setTheme(b.dataset.setTheme)));
  showTheme();

  // Banners are dismissed by what they say; other things are hidden once they are over.
  all("[data-dismiss]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const banner = button.parentNode;
      banner.hidden = true;
      keep.set("dismissed", (keep.get("dismissed") || "").slice(-2000) + " " + banner.dataset.banner);
      document.getElementById("main").focus();
    });
  });
  all("li[data-until]").forEach((node) => { node.hidden = new Date(node.dataset.until) <= Date.now(); });

  // Times: "2 hours ago" where the reader's clock says so; the absolute time stays as the title.
  const steps = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const words = new Intl.RelativeTimeFormat(root.lang || "en", { numeric: "auto" });
  const ago = (date) => {
    const seconds = (date - Date.now()) / 1000;
    const step = steps.find(([, size]) => Math.abs(seconds) >= size);
    return step ? words.format(Math.trunc(seconds / step[1]), step[0]) : words.format(0, "minute");
  };
  all("time[data-relative]").forEach((node) => {
    const date = new Date(node.dateTime);
    if (isNaN(date)) return;
    node.title = node.textContent;
    node.textContent = ago(date);
  });
  // An answer that was fresh when the page was built grows old with it.
  all(".when[data-fresh]").forEach((link) => {
    const age = (Date.now() - new Date(link.querySelector("time").dateTime)) / 1000;
    const times = age / Number(link.dataset.fresh);
    if (!(times > 1) || link.parentNode.querySelector(".state")) return;
    link.before(make("span", { className: "state " + (times > 3 ? "warn" : "stale"), textContent: times > 3 ? "old" : "ageing", title: link.title }), " ");
  });
  const swap = () => all("time[data-relative][title]").forEach((node) => {
    [node.title, node.textContent] = [node.textContent, node.title];
  });

  // A moment in UTC: today's by its time alone. Times that live.js writes say so with an event.
  const moment = (date) => {
    const today = new Date().toISOString().slice(0, 10) === date.toISOString().slice(0, 10);
    return (today ? "" : new Intl.DateTimeFormat(root.lang || "en", { day: "numeric", month: "short", timeZone: "UTC" }).format(date) + ", ") + date.toISOString().slice(11, 16) + " UTC";
  };
  document.addEventListener("live", ({ target }) => {
    const date = new Date(target.textContent);
    if (target.localName !== "time" || isNaN(date)) return;
    target.dateTime = target.textContent;
    target.textContent = moment(date);
    target.title = ago(date);
  }, true);

  // The build's own time, commit and sources come from one file, so that pages do not change with them.
  const build = window.callboard;
  if (build && typeof build.built === "string") {
    const date = new Date(build.built);
    if (!isNaN(date)) {
      const when = moment(date);
      all("[data-stamp]").forEach((node) => {
        node.textContent = "Built " + when;
        node.parentNode.title = "Built " + ago(date) + ". Read the build report";
      });
      all("[data-built]").forEach((node) => { node.textContent = when; });
    }
    const commit = String(build.commit || "").slice(0, 10);
    if (commit) all("[data-commit]").forEach((node) => { node.textContent = " · commit " + commit; });
    all("[data-sources]").forEach((node) => {
      const stale = Number(build.stale) || 0;
      const sources = Number(build.sources) || 0;
      node.textContent = sources + (sources === 1 ? " source" : " sources") + (stale ? ": " : "");
      if (stale) node.append(make("span", { className: "state stale", textContent: stale + " stale or failed" }));
      node.hidden = false;
    });
  }

  // The rail is made once a section: mark the open page below it.
  const here = location.pathname.replace(/index\.html$/, "");
  all(".rail ul ul a, .menu ul ul a").forEach((link) => {
    if (new URL(link.href).pathname.replace(/index\.html$/, "") === here) link.setAttribute("aria-current", "page");
  });
  document.addEventListener("click", (event) => {
    all(".menu[open], .pick[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // Tables: a button in each heading sorts the rows on this page; a table that fits needs no scrolling of its own.
  const compare = new Intl.Collator(root.lang || "en", { numeric: true, sensitivity: "base" }).compare;
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell ? (cell.dataset.sort ?? cell.textContent.trim()) : "";
  };
  const order = (a, b) => {
    if (a === b) return 0;
    if (a === "") return 1;
    if (b === "") return -1;
    const x = Number(a), y = Number(b);
    return isNaN(x) || isNaN(y) ? compare(a, b) : x - y;
  };
  const sort = (table, head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    all("thead th", table).forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, at) => ({ row, at, value: key(row, column) }));
    rows.sort((a, b) => (a.value === "" || b.value === "" ? order(a.value, b.value) : (down ? -1 : 1) * order(a.value, b.value)) || a.at - b.at);
    body.append(...rows.map((one) => one.row));
  };
  all("table[data-sortable]").forEach((table) => {
    all("thead th", table).forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = make("button", { type: "button", title: "Sort by this column" }, ...head.childNodes);
      button.addEventListener("click", () => sort(table, head, column));
      head.append(button);
    });
  });
  // What a cell cuts off is said when somebody points at it.
  document.addEventListener("pointerover", (event) => {
    const cell = event.target.closest?.(".brief tbody th, .brief td, .table .from, .cut");
    if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.trim();
  });
  const fit = () => all(".scroll").forEach((box) => {
    box.classList.remove("fits");
    const fits = box.scrollWidth <= box.clientWidth;
    box.classList.toggle("fits", fits);
    if (fits) box.removeAttribute("tabindex");
    else box.tabIndex = 0;
  });
  fit();
  let waiting = 0;
  addEventListener("resize", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(fit); });

  // Rows: compact or roomy, remembered.
  const bar = document.querySelector(".above");
  if (bar && all("main .table tbody tr").length > 8) {
    const button = make("button", { type: "button", className: "tool" });
    const show = () => { button.textContent = root.dataset.rows ? "Compact rows" : "Roomier rows"; };
    button.addEventListener("click", () => {
      if (root.dataset.rows) delete root.dataset.rows;
      else root.dataset.rows = "roomy";
      keep.set("rows", root.dataset.rows || null);
      show();
    });
    show();
    bar.append(button);
  }

  // Paper: everything open, absolute times.
  addEventListener("beforeprint", () => {
    swap();
    all("main details:not([open], .pick, .contents)").forEach((node) => { node.open = node.dataset.printed = true; });
  });
  addEventListener("afterprint", () => {
    swap();
    all("details[data-printed]").forEach((node) => { node.open = false; delete node.dataset.printed; });
  });

  // Keyboard: single keys, never inside inputs, and all of them can be turned off.
  const cycle = { auto: "light", light: "dark", dark: "auto" };
  const go = (link) => { if (link) link.click(); };
  const one = (selector) => document.querySelector(selector);
  const sections = () => all(":is(.rail, .rail .sections > nav) > ul > li > a");
  // The second keys of g: those that the rail names, then the first letters of other sections.
  const places = () => {
    const found = new Map(all(".rail [data-go]").reverse().map((mark) => [mark.dataset.go, mark.closest("a")]));
    for (const link of sections()) {
      const letter = link.textContent.trim().charAt(0).toLowerCase();
      if (!found.has(letter) && ![...found.values()].includes(link)) found.set(letter, link);
    }
    return found;
  };
  const tabs = (step) => {
    const found = all(".tabs a");
    return found[found.findIndex((tab) => tab.hasAttribute("aria-current")) + step];
  };
  const near = (step) => one(step < 0 ? 'main [rel="prev"]' : 'main [rel="next"]') || tabs(step);
  const edit = () => one('main a[rel~="edit"], main a[data-edit]');
  const rows = () => all("main .table tbody tr > :first-child a, main .rows .title a, [data-found] .title a");
  const row = (step) => {
    const links = rows();
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  const status = make("p", { className: "said", role: "status" });
  document.body.append(status);
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = "Link copied";
    } catch {
      status.textContent = "The browser does not let pages copy here";
    }
    setTimeout(() => { status.textContent = ""; }, 2500);
  };
  // Each key: what it does, how, and whether this page has something for it.
  const keys = {
    "/": ["Search, also Ctrl or ⌘ and K", () => search(), () => seek],
    t: ["Light, dark or the system's theme", () => setTheme(cycle[theme()])],
    j: ["Next row; Enter opens it", () => row(1), () => rows().length],
    k: ["Previous row", () => row(-1), () => rows().length],
    "[": ["Previous page or tab", () => go(near(-1)), () => near(-1)],
    "]": ["Next page or tab", () => go(near(1)), () => near(1)],
    e: ["Edit this page", () => go(edit()), edit],
    y: ["Copy a link to this page", () => copied(location.href)],
    "?": ["This list", () => help()],
  };
  let dialog = null;
  const help = () => {
    if (!dialog) {
      const list = make("dl");
      const line = (key, text) => list.append(make("dt", {}, ...key.split(" ").flatMap((part) => [make("kbd", { textContent: part }), " "])), make("dd", { textContent: text }));
      for (const [key, [text, , has]] of Object.entries(keys)) if (!has || has()) line(key, text);
      if (one("[data-star]")) line("x", "Star, or take the star away");
      if (one(".explore-find input")) line("f", "Filter the list");
      const by = places();
      for (const link of sections()) for (const [letter, place] of by) if (place === link) line("g " + letter, link.textContent.trim());
      line("Esc", "Close what is open");
      const box = make("input", { type: "checkbox", checked: keep.get("keys") !== "off" });
      box.addEventListener("change", () => keep.set("keys", box.checked ? null : "off"));
      const close = make("button", { type: "button", className: "button", textContent: "Close" });
      close.addEventListener("click", () => dialog.close());
      dialog = make("dialog", {}, make("h2", { id: "cb:keys", textContent: "Keyboard" }), list, make("label", {}, box, "Single-key shortcuts are on"), close);
      dialog.setAttribute("aria-labelledby", "cb:keys");
      document.body.append(dialog);
    }
    dialog.open ? dialog.close() : dialog.showModal();
  };
  all("[data-keys]").forEach((node) => {
    const button = make("button", { type: "button", textContent: "Keyboard" });
    button.addEventListener("click", help);
    node.append(button);
    node.hidden = false;
  });

  // Search: its script, styles and index come at its first use; pointing at a way to it fetches them ahead. A page that is
  // opened from a folder may fetch nothing: the links lead to /search/ as they do without a script.
  const seek = location.protocol === "file:" ? null : one("[data-engine]");
  const report = one(".stamp");
  const actions = () => [
    ...["light", "dark", "auto"].map((name) => ({ name: { auto: "Theme of the system" }[name] || name[0].toUpperCase() + name.slice(1) + " theme", also: "colours mode theme " + name, glyph: { light: "sun", dark: "moon" }[name] || "auto", run: () => setTheme(name) })).filter(({ glyph }) => glyph !== { light: "sun", dark: "moon", auto: "auto" }[theme()]),
    { name: "Copy a link to this page", also: "permanent url", glyph: "link", key: "y", run: () => copied(location.href) },
    ...all("main .head .actions a").map((link) => ({ name: link.textContent.trim(), also: "open source edit", glyph: link === edit() ? "edit" : "external", key: link === edit() ? "e" : "", href: link.href })),
    ...(report ? [{ name: "Build report", also: "sources warnings status", glyph: "report", href: report.href }] : []),
    { name: "Keyboard shortcuts", also: "keys help", glyph: "keys", key: "?", run: help },
  ];
  let palette = null, typed = null; // typed: what is typed while the palette is on its way
  const ahead = () => {
    palette ??= import(new URL(seek.dataset.palette, location.href).href).then((part) => part.palette({ keep, copied, actions, sections }));
    return palette;
  };
  const search = async () => {
    if (typed !== null) return;
    const field = one("#search input");
    if (field) { field.focus(); return field.select(); }
    typed = "";
    try {
      const late = new Promise((_, fail) => setTimeout(fail, 8000));
      (await Promise.race([ahead(), late])).open(typed);
    } catch {
      palette = null;
      location.href = seek.href; // the page says what is wrong, and leads to lists
    }
    typed = null;
  };
  if (seek) for (const button of [seek, ...all("[data-search]")]) {
    button.setAttribute("role", "button");
    button.setAttribute("aria-haspopup", "dialog");
    button.setAttribute("aria-keyshortcuts", "/ Control+K Meta+K");
    for (const sign of ["pointerenter", "focus"]) button.addEventListener(sign, () => { if (!navigator.connection?.saveData && !one("#search")) ahead().catch(() => { palette = null; }); }, { once: true });
    button.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      search();
    });
    button.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      search();
    });
  }
  const page = one("#search[data-page]");
  if (page && seek) import(new URL(page.dataset.page, location.href).href).catch(() => { one("[data-counted]").textContent = "The search could not be loaded. The lists below need no script."; });

  let leader = 0;
  document.addEventListener("keydown", (event) => {
    const menu = one(".menu[open], .pick[open]");
    if (event.key === "Escape" && menu) { menu.open = false; menu.firstElementChild.focus(); }
    if (seek && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!dialog?.open) search();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typed !== null) {
      if (event.key.length === 1) { typed += event.key; event.preventDefault(); }
      return;
    }
    if (keep.get("keys") === "off" || event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
    if (Date.now() - leader < 1500) {
      leader = 0;
      go(places().get(event.key.toLowerCase()));
    } else if (event.key === "g") {
      leader = Date.now();
    } else if (Object.hasOwn(keys, event.key) && (event.key !== "/" || seek)) {
      event.preventDefault();
      keys[event.key][1]();
    }
  });
})();
