// The palette: search, filters, what was found lately, and actions, in one dialog. callboard.js fetches it at its first use.
const seek = document.querySelector("[data-palette]");
const styles = new Promise((done) => {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: seek.dataset.styles, onload: done, onerror: done });
  document.head.append(link);
});
const shared = await import(new URL(seek.dataset.results, document.baseURI).href);
const { make, marked, parted, whole, title, counted, count, glyph, where, about, snippet } = shared;

const LIMIT = 5; // results of a group
const STEP = 8; // options of a page up or down
const KEPT = 6; // searches and pages that are remembered
let numbers = 0;

// `page` is what callboard.js can do: keep, setTheme, copied, help, actions.
export const palette = (page) => {
  shared.engine(seek).catch(() => {});
  const list = make("div", { className: "palette-list", role: "listbox", id: "cb:found", "aria-label": "Results" });
  const input = make("input", {
    type: "text", name: "q", role: "combobox", autocomplete: "off", spellcheck: false, maxLength: 200, placeholder: "Search, or kind:api owner:team-a …",
    "aria-label": "Search", "aria-autocomplete": "list", "aria-controls": "cb:found", "aria-expanded": "false",
    autocapitalize: "off", enterkeyhint: "search", inputmode: "search",
  });
  const chips = make("span", { className: "palette-chips" });
  const close = make("button", { type: "button", className: "palette-close", "aria-label": "Esc: close the search" }, make("kbd", { textContent: "Esc" }));
  const form = make("form", { action: seek.href, method: "get", className: "palette-top" }, make("span", { className: "glyph", "data-glyph": "search", "aria-hidden": "true" }), chips, input, close);
  const said = make("p", { className: "palette-said", hidden: true });
  const status = make("p", { className: "vh", role: "status" });
  const more = make("a", { className: "palette-more", textContent: "All results" });
  const hints = make("span", { className: "palette-hints", "aria-hidden": "true" });
  for (const [key, does] of [["↑↓", "move"], ["↵", "open"], ["Ctrl ↵", "new tab"]]) hints.append(make("span", {}, make("kbd", { textContent: key }), " " + does));
  const foot = make("div", { className: "palette-foot" }, hints, more);
  const dialog = make("dialog", { className: "palette", "aria-label": "Search this portal" }, form, said, list, status, foot);
  document.body.append(dialog);

  let chosen = []; // filters, [[key, value], …]
  let options = [];
  let at = -1;
  let turn = 0;
  let stop = null;
  let speak = 0;

  const query = () => whole(chosen, input.value);
  const address = (text, type) => {
    const url = new URL(seek.href);
    if (text) url.searchParams.set("q", text);
    if (type) url.searchParams.set("type", type);
    return url.href;
  };

  // What this browser remembers; anything may be in its storage.
  const remembered = (name) => {
    try {
      const found = JSON.parse(page.keep.get(name));
      return Array.isArray(found) ? found.filter((one) => one && typeof one.title === "string").slice(0, KEPT) : [];
    } catch { return []; }
  };
  const remember = (name, one) => page.keep.set(name, JSON.stringify([one, ...remembered(name).filter((old) => old.title !== one.title || old.href !== one.href)].slice(0, KEPT)));
  const near = ({ href }) => {
    try { return new URL(href, location.href).origin === location.origin; } catch { return false; }
  };

  // Options: {node, act(event)}; a node with a href is a link.
  const option = (props, ...inside) => make(props.href ? "a" : "div", { role: "option", id: "cb:o" + ++numbers, tabIndex: -1, className: "palette-option", "aria-selected": "false", ...props }, ...inside);
  const line = (first, beside) => make("span", { className: "palette-line" }, make("span", { className: "palette-title" }, ...first), beside ? " " : null, beside ? make("span", { className: "palette-beside", textContent: beside }) : null);
  const found = (result, group) => {
    const path = where(result);
    const node = option({ href: result.href }, glyph(result, group.type), make("span", { className: "palette-text" }, line(marked(result.titleParts, result.title), about(result).join(" · ")), path ? " " : null, path ? make("span", { className: "palette-path", textContent: path }) : null, snippet(result)));
    return { node, act: () => visited(result, group.type) };
  };
  const visited = (result, type) => {
    const words = query();
    if (words) remember("searches", { title: words, href: "" });
    remember("visited", { title: result.title, href: result.href, type: result.kind || type || "page", path: where(result) });
  };
  const act = (name, kind, beside, does, href) => ({
    node: option(href ? { href } : {}, make("span", { className: "glyph", "data-glyph": kind, "aria-hidden": "true" }), make("span", { className: "palette-text" }, line([name], beside))),
    act: does,
  });

  const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const fits = (text, asked) => asked.every((word) => words(text).some((one) => one.startsWith(word)));
  const actions = (asked, most) => page.actions().filter(({ name, also = "" }) => fits(name + " " + also, asked)).slice(0, most)
    .map(({ name, glyph: kind, key, href, run }) => act(name, kind, key || "", (event) => { if (!href) { event?.preventDefault(); dialog.close(); run(); } }, href));

  // Filters: the keys that a word may become, and the values of one.
  const unfinished = () => /(?:^|\s)([a-z]+)(?:(:)("?[^\s"]*))?$/i.exec(input.value);
  const without = (token) => input.value.slice(0, token.index).trimEnd();
  const keyed = (token) => (token && !token[2] ? shared.filters.filter(([key]) => key.startsWith(token[1].toLowerCase()) && !chosen.some(([one]) => one === key)) : []).map(([key, text]) => act(key + ":", "filter", text, (event) => {
    event?.preventDefault();
    input.value = (without(token) + " " + key + ":").trimStart();
    draw();
  }));
  const valued = async (engine, token, result) => {
    const key = token[1].toLowerCase();
    // Without words there is nothing to count but the whole index.
    const all = Object.entries(engine.counts || {}).filter(([term]) => term.startsWith(key + ":")).map(([term, number]) => [term.slice(key.length + 1), number]);
    const here = (await engine.facets(result))[key] || [];
    const values = here.length ? here : all.sort((a, b) => b[1] - a[1]);
    const begun = token[3].replace('"', "").toLowerCase();
    if (values.some(([value]) => [value, shared.short(value)].some((one) => one.toLowerCase() === begun))) return null; // it is written out
    return values.filter(([value]) => value.toLowerCase().includes(begun)).slice(0, 8).map(([value, number]) => act(key + ":" + shared.short(value), "filter", (key === "type" ? title({ type: value }) + " · " : "") + count(number), (event) => {
      event?.preventDefault();
      input.value = without(token);
      choose([[key, shared.short(value)]]);
    }));
  };
  const choose = (more_) => {
    for (const one of more_) chosen = [...chosen.filter(([key]) => key !== one[0]), one];
    chips.replaceChildren(...chosen.map(([key, value], index) => {
      const chip = make("button", { type: "button", className: "palette-chip", title: "Remove this filter" }, make("span", { className: "vh", textContent: "Remove filter " }), make("b", { textContent: key }), " " + shared.said(key, value));
      chip.addEventListener("click", () => drop(index));
      return chip;
    }));
    if (more_.length) draw();
  };
  const drop = (index) => {
    chosen = chosen.filter((_, one) => one !== index);
    choose([]);
    input.focus();
    draw();
  };

  // Drawing: groups of options, the first of which is the one that Enter opens.
  const show = (groups) => {
    const held = options[at]?.node.href;
    options = [];
    const parts = [];
    for (const { name, total, of } of groups) {
      if (!of.length) continue;
      const id = "cb:g" + ++numbers;
      options.push(...of);
      parts.push(make("div", { role: "group", "aria-labelledby": id }, make("p", { className: "palette-group", id, role: "presentation" }, name, total > of.length ? make("span", { textContent: " " + count(total) }) : null), ...of.map((one) => one.node)));
    }
    list.replaceChildren(...parts);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(Boolean(options.length)));
    move(Math.max(0, held && moved ? options.findIndex((one) => one.node.href === held) : 0));
    list.scrollTop = at > 0 ? list.scrollTop : 0;
  };
  let moved = false;
  const move = (to, event) => {
    options[at]?.node.setAttribute("aria-selected", "false");
    at = options.length ? Math.min(Math.max(to, 0), options.length - 1) : -1;
    const node = options[at]?.node;
    if (!node) return input.removeAttribute("aria-activedescendant");
    moved = Boolean(event);
    node.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", node.id);
    if (event) at === 0 ? list.scrollTo(0, 0) : node.scrollIntoView({ block: "nearest" });
  };
  const tell = (text) => {
    clearTimeout(speak);
    speak = setTimeout(() => { status.textContent = text; }, 500);
  };
  const note = (...inside) => {
    said.replaceChildren(...inside);
    said.hidden = !inside.length;
  };

  const begin = () => {
    const searches = remembered("searches").map((one) => act(one.title, "history", "", (event) => { event?.preventDefault(); set(one.title); }));
    const pages = remembered("visited").filter(near).map((one) => act(one.title, one.type || "page", String(one.path || ""), () => {}, one.href));
    const clear = searches.length + pages.length ? [act("Forget these", "x", "", (event) => { event?.preventDefault(); page.keep.set("searches", null); page.keep.set("visited", null); draw(); })] : [];
    note();
    show([{ name: "Visited", of: pages }, { name: "Searched", of: [...searches, ...clear] }, { name: "Filters", of: shared.filters.slice(0, 3).map(([key, text]) => act(key + ":", "filter", text, (event) => { event?.preventDefault(); set(key + ":"); })) }, { name: "Actions", of: actions([], 12) }]);
    tell("");
  };

  const draw = async () => {
    const mine = ++turn;
    const text = query();
    stop?.abort();
    stop = new AbortController();
    more.href = address(text);
    more.textContent = text ? "All results" : "Search page";
    if (!text) return begin();
    const token = unfinished(), asked = words(input.value);
    const own = [{ name: "Sections", of: asked.length ? page.sections().filter((link) => fits(link.textContent, asked)).slice(0, 3).map((link) => act(link.textContent.trim(), "section", "", () => {}, link.href)) : [] }];
    const late = [{ name: "Filters", of: keyed(token) }, { name: "Actions", of: asked.length ? actions(asked, 5) : [] }];
    const patience = setTimeout(() => { if (mine === turn) { note("Looking …"); show([...own, ...late]); } }, 250);
    try {
      const work = (async () => {
        const engine = await shared.engine(seek);
        const open = token?.[2] && shared.filters.some(([key]) => key === token[1].toLowerCase());
        // While a filter is being written, what it would narrow stays in sight.
        const given = { limit: LIMIT, signal: stop.signal };
        if (open) {
          const result = await engine.query(whole(chosen, without(token)), given);
          const values = await valued(engine, token, result);
          if (values?.length) return [result, values];
        }
        return [await engine.query(text, given), []];
      })();
      const [result, values] = await shared.timely(work);
      if (mine !== turn) return;
      const groups = result.groups.filter((group) => group.results.length).map((group) => ({
        name: group.type === "software-catalog" ? "Go to" : title(group), total: group.total,
        of: [...group.results.map((one) => found(one, group)), ...(group.total > group.results.length ? [act(`All ${result.about ? "" : count(group.total) + " "}in ${title(group)}`, "more", "", () => remember("searches", { title: text, href: "" }), address(text, group.type))] : [])],
      }));
      if (result.total || values.length) note();
      else note(`Nothing is called “${text}”, and no text has these words. Try fewer of them, or `, make("a", { href: address("") + "#browse", textContent: "find it by hand" }), ".");
      // What is called so comes first: results, or else sections and actions. What only mentions it comes behind.
      const typed = input.value.trim().toLowerCase();
      const named = result.groups.some((group) => group.results.some((one) => one.title.toLowerCase().startsWith(typed)));
      const [front, behind] = [true, false].map((wanted) => late.map((group) => ({ ...group, of: group.of.filter(({ node }) => wanted === (!named && node.querySelector(".palette-title").textContent.toLowerCase().startsWith(typed))) })));
      show([{ name: "Filters", of: values }, ...own, ...front, ...groups, ...behind]);
      tell(counted(result.total, result.about) + (result.total ? " for " : " found for ") + text);
    } catch (error) {
      if (mine !== turn || error.name === "AbortError") return;
      const why = error.message === "late" ? "The index has not come yet." : "The search could not be loaded.";
      note(make("span", { className: "state warn", textContent: why }), " ", make("a", { href: address(text), textContent: "Try the search page" }), ", or type on to try again.");
      show([...own, ...late]);
      tell(why);
    } finally { clearTimeout(patience); }
  };

  const set = (text) => {
    const [more_, rest] = parted(text.endsWith(":") ? text : text + " ");
    chosen = [];
    input.value = rest.trim();
    choose(more_);
    if (!more_.length) draw();
    input.focus();
  };

  input.addEventListener("input", () => {
    moved = false;
    const [more_, rest] = /\s$/.test(input.value) ? parted(input.value) : [[], ""];
    if (more_.length) {
      input.value = rest;
      choose(more_);
    } else draw();
  });
  const follow = (one, apart) => {
    one.act();
    if (!one.node.href) return;
    if (apart) window.open(one.node.href, "_blank", "noopener");
    else {
      dialog.close();
      location.href = one.node.href;
    }
  };
  const jumps = { ArrowDown: () => (at + 1) % options.length, ArrowUp: () => (at - 1 + options.length) % options.length, PageDown: () => at + STEP, PageUp: () => at - STEP, Home: () => 0, End: () => options.length - 1 };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Backspace" && !input.selectionEnd && chosen.length) {
      event.preventDefault();
      drop(chosen.length - 1);
    } else if (Object.hasOwn(jumps, event.key) && !event.shiftKey && options.length) {
      event.preventDefault();
      move(jumps[event.key](), event);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const apart = event.ctrlKey || event.metaKey;
      if (options[at]) follow(options[at], apart);
      else if (query()) location.href = address(query());
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (options[at]) follow(options[at]);
  });
  list.addEventListener("pointermove", (event) => {
    const index = options.findIndex((one) => one.node === event.target.closest("[role=option]"));
    if (index >= 0 && index !== at && (event.movementX || event.movementY)) { move(index); moved = true; }
  });
  list.addEventListener("click", (event) => {
    const one = options.find(({ node }) => node === event.target.closest("[role=option]"));
    if (!one) return;
    one.act(event);
    if (one.node.href && !event.defaultPrevented && !(event.ctrlKey || event.metaKey || event.shiftKey)) dialog.close();
  });
  list.addEventListener("mousedown", (event) => { if (!event.target.closest("a")) event.preventDefault(); }); // the field keeps its focus
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => { stop?.abort(); turn++; status.textContent = ""; clearTimeout(speak); });

  return {
    async open(text = "") {
      if (dialog.open) return input.select();
      await Promise.race([styles, new Promise((done) => setTimeout(done, 1500))]);
      dialog.showModal();
      input.value = "";
      set(text);
      if (!text) input.select();
    },
  };
};
