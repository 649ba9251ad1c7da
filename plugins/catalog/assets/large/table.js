// The index page's script: filters, sorts, pages and exports the whole catalog in the browser. Loaded when somebody begins to use it.
(async () => {
  "use strict";
  const page = document.querySelector("div.explore[data-script]");
  const part = (name) => page.querySelector(`[data-${name}]`);
  const make = (tag, props = {}, ...inside) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...inside);
    return node;
  };
  const grouped = new Intl.NumberFormat("en");
  const figure = (number) => (number < 1000 ? String(number) : grouped.format(number).replaceAll(",", "\u202f"));
  const fold = (text) => text.toLowerCase();
  const store = {
    get(name) { try { return localStorage.getItem("callboard." + name); } catch { return null; } },
    set(name, value) { try { localStorage.setItem("callboard." + name, value); } catch { /* for this page only */ } },
  };

  // The data: columns of codes; code 0 is nothing, n the n-th value or, where rows have several, the n-th set of values.
  let data;
  try {
    const answer = await fetch(page.dataset.index);
    if (!answer.ok) throw new Error(String(answer.status));
    data = await answer.json();
  } catch {
    page.removeAttribute("aria-busy");
    page.dispatchEvent(new Event("callboard:failed"));
    return;
  }
  const size = data.names.length;
  const compare = new Intl.Collator(document.documentElement.lang || "en", { numeric: true, sensitivity: "base" }).compare;
  const arrays = data.data.map((one) => ({
    values: one.values,
    sets: one.sets || one.values.map((_, at) => [at]),
    rows: Uint32Array.from(one.rows),
    known: null,
  }));
  const facets = data.facets.map((facet, at) => ({ ...facet, at, array: arrays[facet.data] }));
  const facetOf = Object.fromEntries(facets.map((facet) => [facet.name, facet]));
  const kinds = Object.fromEntries(data.kinds.map((kind) => [kind.name, kind]));
  const first = (array, row) => array.values[array.sets[array.rows[row] - 1]?.[0]] ?? "";
  const values = (array, row) => (array.sets[array.rows[row] - 1] || []).map((at) => array.values[at]);
  const kindOf = (row) => first(facetOf.kind.array, row);
  const spoken = (name) => name.replaceAll("_", "-").split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ");
  const titles = data.titles.map((title, row) => (title === 0 ? data.names[row] : title === 1 ? spoken(data.names[row]) : title));
  const refs = data.names.map((name, row) => fold(`${kindOf(row)}:${first(facetOf.namespace.array, row)}/${name}`));
  const rowOf = new Map(refs.map((ref, row) => [ref, row]));
  const href = (row) => {
    const path = data.paths[row] ?? `${fold(first(facetOf.namespace.array, row))}/${kindOf(row)}/${data.names[row]}/`;
    return path && new URL(path.split("/").map(encodeURIComponent).join("/"), new URL(page.dataset.base, location)).href;
  };
  const named = (ref) => (rowOf.has(ref) ? titles[rowOf.get(ref)] : ref.replace(/^[^:]*:(default\/)?/, ""));
  const label = (facet, value) => {
    if (facet.name === "kind") return kinds[fold(value)]?.title || value;
    if (facet.name === "status") return data.statuses[value] || value;
    return facet.name === "owners" || facet.name === "systems" ? named(fold(value)) : value;
  };
  // Backstage's text filter: every word is a tag, or a part of the name, title or target.
  const hay = data.names.map((name, row) => `${name}\n${titles[row]}\n${data.also[row] || ""}`.toUpperCase());
  const tags = facetOf.tags.array;

  // State, and the address that says it, as Backstage writes it.
  const LIMIT = 50;
  const blank = () => ({ text: "", list: "all", chosen: Object.fromEntries(facets.map((facet) => [facet.name, []])), order: "", down: false, offset: 0, limit: LIMIT });
  const initial = () => {
    const state = blank();
    state.chosen.kind = [page.dataset.kind];
    return state;
  };
  const whole = (facet, value) => {
    if (facet.name !== "owners" && facet.name !== "systems") return value;
    const [kind, rest] = value.includes(":") ? value.split(/:(.*)/s) : [facet.name === "owners" ? "group" : "system", value];
    return fold(`${kind}:${rest.includes("/") ? rest : "default/" + rest}`);
  };
  const read = () => {
    const given = [...new URLSearchParams(location.search)];
    if (!given.some(([key]) => /^(filters\[|limit$|offset$|orderField$)/.test(key))) return initial();
    const state = blank();
    for (const [key, value] of given) {
      const name = /^filters\[(\w+)\](\[\d*\])?$/.exec(key)?.[1];
      if (name === "text") state.text = value;
      else if (name === "user") state.list = ["owned", "starred"].includes(value) ? value : "all";
      else if (name && Object.hasOwn(facetOf, name) && value && value !== "all") state.chosen[name].push(whole(facetOf[name], value));
      else if (key === "limit") state.limit = Math.min(500, Math.max(1, Math.trunc(Number(value)) || LIMIT));
      else if (key === "offset") state.offset = Math.max(0, Math.trunc(Number(value)) || 0);
      else if (key === "orderField") [state.order, state.down] = [value.split(",")[0], value.endsWith(",desc")];
    }
    return state;
  };
  const address = (one) => {
    const query = new URLSearchParams();
    for (const facet of facets) for (const value of one.chosen[facet.name]) query.append(`filters[${facet.name}]`, value);
    query.append("filters[user]", one.list);
    if (one.text) query.append("filters[text]", one.text);
    if (one.order) query.append("orderField", `${one.order},${one.down ? "desc" : "asc"}`);
    if (one.offset || one.limit !== LIMIT) {
      query.append("limit", one.limit);
      query.append("offset", one.offset);
    }
    return `${location.pathname}?${query}`;
  };
  let state = read();

  // Who "me" is, and what is starred.
  let me = store.get("me") || "";
  const members = arrays[data.members];
  const mine = () => new Set(me ? [me, ...(rowOf.has(me) ? values(members, rowOf.get(me)) : [])] : []);
  const starred = () => {
    try { return new Set(JSON.parse(localStorage.getItem("callboard.starredEntities")) || []); } catch { return new Set(); }
  };
  const passing = (array, wanted) => Uint8Array.from([0, ...array.sets.map((set) => Number(set.some((at) => wanted(array.values[at]))))]);
  const lists = () => {
    const owners = mine(), stars = new Uint8Array(size), owned = new Uint8Array(size);
    for (const ref of starred()) if (rowOf.has(ref)) stars[rowOf.get(ref)] = 1;
    if (owners.size) {
      const array = facetOf.owners.array, pass = passing(array, (ref) => owners.has(ref));
      for (let row = 0; row < size; row++) owned[row] = pass[array.rows[row]];
    }
    return { starred: stars, owned };
  };
  let listed = lists();

  // One walk over all rows: what matches, and how many would with each value of each facet, given all other filters.
  const matching = () => {
    const shut = new Uint8Array(size), failed = new Uint8Array(size), by = new Uint8Array(size);
    for (const word of state.text.toUpperCase().split(/\s+/).filter(Boolean)) {
      const tagged = passing(tags, (tag) => tag.toUpperCase() === word);
      for (let row = 0; row < size; row++) if (!shut[row] && !tagged[tags.rows[row]] && !hay[row].includes(word)) shut[row] = 1;
    }
    for (const facet of facets) {
      const wanted = new Set(state.chosen[facet.name].map(fold));
      if (!wanted.size) continue;
      const pass = passing(facet.array, (value) => wanted.has(fold(value))), { rows } = facet.array;
      for (let row = 0; row < size; row++) if (!pass[rows[row]]) { failed[row]++; by[row] = facet.at; }
    }
    const list = state.list === "all" ? null : listed[state.list];
    const counts = facets.map((facet) => new Uint32Array(facet.array.sets.length + 1));
    const sums = { all: 0, owned: 0, starred: 0 };
    const found = [];
    for (let row = 0; row < size; row++) {
      if (shut[row] || failed[row] > 1) continue;
      if (!failed[row]) {
        sums.all++;
        sums.owned += listed.owned[row];
        sums.starred += listed.starred[row];
      }
      if (list && !list[row]) continue;
      if (failed[row]) counts[by[row]][facets[by[row]].array.rows[row]]++;
      else {
        found.push(row);
        for (let at = 0; at < facets.length; at++) counts[at][facets[at].array.rows[row]]++;
      }
    }
    return { found, sums, counts: facets.map((facet) => valued(facet.array, counts[facet.at])) };
  };
  const valued = (array, byCode) => {
    const counts = new Uint32Array(array.values.length);
    array.sets.forEach((set, at) => { for (const value of set) counts[value] += byCode[at + 1]; });
    return counts;
  };
  const overall = facets.map((facet) => {
    const codes = new Uint32Array(facet.array.sets.length + 1);
    for (const code of facet.array.rows) codes[code]++;
    return valued(facet.array, codes);
  });

  // Columns: those of the one kind that is chosen, or what all kinds have.
  const several = facetOf.namespace.array.values.length > 1;
  const own = (name, field) => ({ field, title: facetOf[name].title, type: name === "owners" || name === "systems" ? "entity" : name === "tags" ? "tags" : "text", array: facetOf[name].array, facet: facetOf[name] });
  const NAME = { field: "@", title: "Name", type: "name" }, TEXT = { field: "metadata.description", title: "Description", type: "text" };
  const PLACE = own("namespace", "metadata.namespace");
  const MIXED = [NAME, own("kind", "kind"), own("owners", "spec.owner"), own("systems", "spec.system"), own("type", "spec.type"), PLACE, TEXT, own("tags", "metadata.tags")];
  const built = data.columns.map((column) =>
    column.field === "@" ? { ...NAME, title: column.title } : column.field === TEXT.field ? { ...TEXT, title: column.title } : { ...column, array: arrays[column.data] });
  const columns = () => {
    const kind = state.chosen.kind.length === 1 ? kinds[fold(state.chosen.kind[0])] : null;
    const shown = kind?.columns.length ? kind.columns.map((at) => built[at]) : MIXED;
    const all = shown.includes(PLACE) || shown.some((column) => column.field === PLACE.field) ? shown : [shown[0], PLACE, ...shown.slice(1)];
    return all.filter((column) => (column !== PLACE || several) && (column.field !== "spec.type" || state.chosen.type.length !== 1));
  };
  const text = (column, row) => {
    if (column.type === "name") return titles[row];
    if (!column.array) return data.descriptions[row];
    if (column.field === "kind") return kinds[kindOf(row)].said;
    const found = values(column.array, row);
    return (column.type === "entity" ? found.map(named) : column.facet ? found.map((value) => label(column.facet, value)) : found).join(", ");
  };
  // Places of all rows in a column's order: computed once; what is empty comes last either way.
  const places = (column) => {
    if (column.places) return column.places;
    const { array } = column;
    if (!array) {
      const order = data.descriptions.map((said, row) => [said, row]).sort((a, b) => compare(a[0], b[0]));
      column.places = new Int32Array(size);
      order.forEach(([said, row], place) => { column.places[row] = said ? place + 1 : 0; });
      return column.places;
    }
    const said = array.sets.map((set) => set.map((at) => (column.type === "entity" ? named(array.values[at]) : column.facet ? label(column.facet, array.values[at]) : array.values[at])).join(", "));
    const order = said.map((_, at) => at).sort((a, b) => compare(said[a], said[b]));
    const byCode = new Int32Array(said.length + 1);
    order.forEach((at, place) => { byCode[at + 1] = said[at] ? place + 1 : 0; });
    return (column.places = Int32Array.from(array.rows, (code) => byCode[code]));
  };
  const sorted = (rows, shown) => {
    const column = shown.find((one) => one.field === state.order);
    if (!column) return rows;
    if (column.type === "name") return state.down ? rows.toReversed?.() ?? [...rows].reverse() : rows;
    const place = places(column), step = state.down ? -1 : 1;
    return [...rows].sort((a, b) => (place[a] && place[b] ? step * (place[a] - place[b]) : (place[b] ? 1 : 0) - (place[a] ? 1 : 0)) || a - b);
  };

  // Drawing.
  const linked = (row) => { const to = href(row); return to ? make("a", { href: to, textContent: titles[row] }) : titles[row]; };
  const target = (ref) => (rowOf.has(ref) ? linked(rowOf.get(ref)) : make("span", { className: "missing", textContent: named(ref) + " " }, make("small", { textContent: "missing" })));
  const labels = (found) => {
    const shown = found.length > 4 ? found.slice(0, 3) : found;
    const box = make("span", { className: "tags" }, ...shown.map((tag) => make("span", { className: "tag", textContent: tag })));
    if (shown.length < found.length) box.append(make("span", { className: "tag more", title: found.slice(3).join(", "), textContent: "+" + (found.length - 3) }));
    return box;
  };
  const cell = (column, row) => {
    if (column.type === "name") {
      const star = make("span", { className: "star" });
      star.dataset.star = refs[row];
      return make("th", { scope: "row", className: titles[row].length > 38 ? "long" : "" }, star, linked(row));
    }
    const found = column.array ? values(column.array, row) : [];
    if (column.type === "entity") return make("td", {}, ...found.flatMap((ref, at) => (at ? [", ", target(ref)] : [target(ref)])));
    if (column.type === "tags") return make("td", { className: "t" }, ...(found.length ? [labels(found)] : []));
    const said = text(column, row);
    if (column.type === "link" && /^https?:\/\//.test(said)) return make("td", {}, make("a", { href: said, rel: "noopener", textContent: said }));
    if (column.type === "code" && said) return make("td", {}, make("code", { textContent: said }));
    return make("td", { className: column.type === "number" ? "n" : column.type === "date" ? "d" : said.length > 24 && said.includes(" ") ? "w" : "", textContent: said });
  };
  const table = page.querySelector("table");
  let heads = "";
  const drawHead = (shown) => {
    const key = JSON.stringify(shown.map((column) => [column.field, column.title]));
    if (key !== heads) {
      heads = key;
      table.tHead.rows[0].replaceChildren(...shown.map((column) => {
        const head = make("th", { scope: "col", className: column.type === "number" ? "n" : column.type === "tags" ? "t" : "" }, make("button", { type: "button", title: "Sort by this column", textContent: column.title }));
        head.dataset.field = column.field;
        return head;
      }));
    }
    for (const head of table.tHead.rows[0].cells) {
      const here = head.dataset.field === (state.order || "@");
      here ? head.setAttribute("aria-sort", state.down ? "descending" : "ascending") : head.removeAttribute("aria-sort");
    }
  };
  const drawRows = (rows, shown, kindCounts) => {
    const results = part("results"), nothing = page.querySelector("[data-nothing]");
    nothing?.remove();
    results.hidden = !rows.length;
    table.tBodies[0].replaceChildren(...rows.map((row) => make("tr", {}, ...shown.map((column) => cell(column, row)))));
    if (rows.length) return;
    const elsewhere = kindCounts.reduce((sum, count) => sum + count, 0);
    const said = state.list === "starred" && !starred().size ? "Nothing is starred yet: press the star beside a name." : state.list === "owned" && !me ? "Say who you are, below “Show”." : "Nothing matches.";
    const box = make("div", { className: "empty" }, make("p", { textContent: said }));
    if (state.chosen.kind.length && elsewhere) {
      box.append(action(`Show ${figure(elsewhere)} of other kinds`, () => { state.chosen.kind = []; }));
    }
    box.dataset.nothing = "";
    results.after(box);
  };
  const action = (words, change) => {
    const button = make("button", { type: "button", className: "button", textContent: words });
    button.addEventListener("click", () => apply(change));
    return button;
  };
  const drawPages = (count) => {
    const pages = Math.ceil(count / state.limit), current = Math.floor(state.offset / state.limit) + 1, box = part("pages");
    box.replaceChildren();
    if (pages < 2) return;
    const near = [...new Set([1, pages, ...[-2, -1, 0, 1, 2].map((step) => current + step)])].filter((n) => n > 0 && n <= pages).sort((a, b) => a - b);
    const list = make("ul");
    near.forEach((number, at) => {
      if (at && number - near[at - 1] > 1) list.append(make("li", { className: "gap", textContent: "…", ariaHidden: "true" }));
      const link = make("a", { href: address({ ...state, offset: (number - 1) * state.limit }) }, make("span", { className: "vh", textContent: "Page " }), String(number));
      if (number === current) link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        apply(() => { state.offset = (number - 1) * state.limit; }, { keepPage: true });
        page.scrollIntoView({ block: "start" });
      });
      list.append(make("li", {}, link));
    });
    const last = Math.min(count, state.offset + state.limit);
    const nav = make("nav", { className: "pager" }, list);
    nav.setAttribute("aria-label", "Pages");
    box.append(make("p", { className: "count" }, make("b", { textContent: `${figure(state.offset + 1)}–${figure(last)}` }), ` of ${figure(count)}`), nav);
  };
  const drawChips = () => {
    const chosen = facets.flatMap((facet) => state.chosen[facet.name].map((value) => [facet, value]));
    const box = part("chips");
    const chip = ([facet, value]) => {
      const button = make("button", { type: "button", className: "explore-chip", title: "Remove this filter" }, make("span", { className: "muted", textContent: facet.title + " " }), label(facet, value));
      button.addEventListener("click", () => apply(() => { choose(facet, value, false); }));
      return make("li", {}, button);
    };
    box.replaceChildren(...chosen.map(chip));
    box.hidden = !chosen.length && !state.text && state.list === "all";
    if (!box.hidden) {
      const clear = make("button", { type: "button", className: "tool", textContent: "Clear all" });
      clear.addEventListener("click", () => apply(() => { state = blank(); }));
      box.append(make("li", {}, clear));
    }
  };

  // Facets: check boxes in a fixed order (most frequent first), those that would give nothing are hidden.
  const SHOWN = 8, MOST = 500;
  const choose = (facet, value, on) => {
    const others = state.chosen[facet.name].filter((one) => fold(one) !== fold(value));
    state.chosen[facet.name] = on ? [...others, value] : others;
  };
  const sections = facets.map((facet) => {
    const { values: all } = facet.array;
    const order = all.map((value, at) => at).sort((a, b) => overall[facet.at][b] - overall[facet.at][a] || compare(label(facet, all[a]), label(facet, all[b])));
    const list = make("ul"), id = "facet-" + facet.name;
    const find = make("input", { type: "search", placeholder: "Find", hidden: true });
    const more = make("button", { type: "button", className: "tool", hidden: true });
    find.setAttribute("aria-label", "Find a value of " + facet.title);
    more.setAttribute("aria-expanded", "false");
    const box = make("section", { className: "facet" }, make("h2", { id, textContent: facet.title }), find, list, more);
    box.dataset.facet = facet.name;
    box.setAttribute("aria-labelledby", id);
    const section = { facet, order, list, find, more, box, open: false, nodes: new Map() };
    more.addEventListener("click", () => {
      section.open = !section.open;
      more.setAttribute("aria-expanded", String(section.open));
      if (!section.open) find.value = "";
      drawFacet(section, last.counts[facet.at]);
      if (section.open && !find.hidden) find.focus();
    });
    find.addEventListener("input", () => drawFacet(section, last.counts[facet.at]));
    list.addEventListener("change", (event) => apply(() => { choose(facet, event.target.value, event.target.checked); }));
    return section;
  });
  const option = (section, at) => {
    const value = section.facet.array.values[at];
    const box = make("input", { type: "checkbox", value, name: section.facet.name });
    const count = make("span", { className: "n" });
    const node = make("li", {}, make("label", {}, box, make("span", { className: "cut", textContent: label(section.facet, value) }), count));
    section.nodes.set(at, { node, box, count });
    return section.nodes.get(at);
  };
  const drawFacet = (section, counts) => {
    const { facet, list } = section, all = facet.array.values;
    const chosen = new Set(state.chosen[facet.name].map(fold));
    const possible = section.order.filter((at) => counts[at] || chosen.has(fold(all[at])));
    const word = fold(section.find.value.trim());
    const fitting = word ? possible.filter((at) => fold(label(facet, all[at])).includes(word)) : possible;
    const few = facet.name === "kind" ? 12 : SHOWN, limit = section.open ? MOST : few;
    const shown = new Set(fitting.filter((at, place) => place < limit || chosen.has(fold(all[at]))));
    let before = null;
    for (const at of section.order) {
      let one = section.nodes.get(at);
      if (!one && !shown.has(at)) continue;
      if (!one) {
        one = option(section, at);
        before ? before.after(one.node) : list.prepend(one.node);
      }
      before = one.node;
      one.node.hidden = !shown.has(at);
      if (one.node.hidden) continue;
      one.box.checked = chosen.has(fold(all[at]));
      one.node.className = one.box.checked ? "on" : "";
      one.count.textContent = figure(counts[at]);
    }
    section.box.hidden = !possible.length || (facet.name === "namespace" && !several);
    section.more.hidden = possible.length <= few;
    section.more.textContent = section.open ? "Fewer" : `All ${figure(possible.length)}`;
    section.find.hidden = !section.open || possible.length <= 2 * SHOWN;
    list.classList.toggle("long", section.open);
  };

  // All, owned, starred; and who "me" is, asked once.
  const drawLists = (() => {
    const box = part("lists"), list = make("ul"), who = make("div", { className: "explore-me", hidden: true });
    const radios = ["all", "owned", "starred"].map((name) => {
      const radio = make("input", { type: "radio", name: "explore-list", value: name }), count = make("span", { className: "n" });
      radio.addEventListener("change", () => apply(() => { state.list = name; }));
      list.append(make("li", {}, make("label", {}, radio, make("span", { className: "cut", textContent: { all: "All", owned: "Owned", starred: "Starred" }[name] }), count)));
      return { name, radio, count };
    });
    box.setAttribute("role", "radiogroup");
    box.setAttribute("aria-label", "Show");
    box.replaceChildren(make("h2", { textContent: "Show" }), list, who);
    const people = () => {
      const owners = new Set(facetOf.owners.array.values);
      return refs.map((ref, row) => row).filter((row) => owners.has(refs[row]) || members.rows[row]);
    };
    const ask = () => {
      const input = make("input", { type: "text", autocomplete: "off", placeholder: "A team or a person" });
      const options = make("datalist", { id: "explore-people" }), label_ = make("label", {}, "You are", input);
      input.setAttribute("list", options.id);
      let known = null;
      input.addEventListener("focus", () => {
        if (known) return;
        known = new Map();
        for (const row of people()) {
          const words = known.has(fold(titles[row])) ? `${titles[row]} (${refs[row]})` : titles[row];
          known.set(fold(words), refs[row]);
          if (known.size <= MOST) options.append(make("option", { value: words }));
        }
      });
      input.addEventListener("change", () => {
        const word = fold(input.value.trim()), ref = known?.get(word) || (rowOf.has(word) ? word : "");
        input.setCustomValidity(ref || !word ? "" : "No team or person of this catalog has that name.");
        if (!ref) { input.reportValidity(); return; }
        me = ref;
        store.set("me", me);
        listed = lists();
        drawLists.who();
        apply(() => { state.list = "owned"; });
      });
      who.replaceChildren(label_, options);
      return input;
    };
    const draw = (sums) => {
      for (const { name, radio, count } of radios) {
        radio.checked = state.list === name;
        radio.closest("li").className = radio.checked ? "on" : "";
        count.textContent = name === "owned" && !me ? "" : figure(sums[name]);
      }
      const asked = state.list === "owned" && !me;
      who.hidden = state.list !== "owned";
      if (asked && !who.querySelector("input")) ask();
    };
    draw.who = () => {
      const change = make("button", { type: "button", className: "tool", textContent: "Change" });
      change.addEventListener("click", () => ask().focus());
      who.replaceChildren(make("span", { className: "cut", textContent: named(me) }), change);
    };
    if (me) draw.who();
    return draw;
  })();

  // Export: what is shown, all its pages, in its order. A text that a spreadsheet would run as a formula is marked as text.
  const save = (name, type, content) => {
    const link = make("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const quoted = (value) => {
    const safe = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const complete = async (shown) => {
    if (!data.cut || !shown.includes(TEXT) && !shown.some((column) => column.field === TEXT.field)) return;
    const answer = await fetch(page.dataset.descriptions).catch(() => null);
    if (!answer?.ok) return;
    data.whole = await answer.json();
  };
  const said = (column, row) => (column.field === TEXT.field && data.whole ? data.whole[row] : text(column, row));
  const exported = async (kind) => {
    const shown = columns(), rows = sorted(matching().found, shown);
    await complete(shown);
    if (kind === "csv") {
      const lines = [["Reference", ...shown.map((column) => column.title)], ...rows.map((row) => [refs[row], ...shown.map((column) => said(column, row))])];
      save("catalog.csv", "text/csv;charset=utf-8", lines.map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n");
      return;
    }
    const value = (column, row) => (column.type === "entity" || column.type === "tags" ? values(column.array, row) : said(column, row));
    const records = rows.map((row) => Object.fromEntries([["ref", refs[row]], ...shown.map((column) => [column.type === "name" ? "title" : column.field, value(column, row)])]));
    save("catalog.json", "application/json", JSON.stringify(records, null, 1));
  };
  const tools = part("tools");
  for (const kind of ["csv", "json"]) {
    const button = make("button", { type: "button", className: "tool", textContent: kind.toUpperCase(), title: "Export what is shown as " + kind.toUpperCase() });
    button.addEventListener("click", () => exported(kind));
    tools.append(button);
  }
  tools.prepend(make("span", { className: "muted", textContent: "Export" }));
  tools.hidden = false;

  // Together.
  const input = page.querySelector(".explore-find input");
  let last = null, waiting = 0;
  const draw = () => {
    last = matching();
    const shown = columns();
    if (state.offset >= last.found.length) state.offset = Math.max(0, Math.floor((last.found.length - 1) / state.limit)) * state.limit;
    const rows = sorted(last.found, shown).slice(state.offset, state.offset + state.limit);
    if (input.value !== state.text) input.value = state.text;
    drawHead(shown);
    drawRows(rows, shown, last.counts[facetOf.kind.at]);
    drawPages(last.found.length);
    drawChips();
    drawLists(last.sums);
    for (const section of sections) drawFacet(section, last.counts[section.facet.at]);
    part("count").replaceChildren(make("b", { textContent: figure(last.found.length) }), ` of ${figure(size)}`);
    document.dispatchEvent(new Event("callboard:drawn"));
    // The theme looks whether the table fits its frame when the window changes; here the table did.
    clearTimeout(waiting);
    waiting = setTimeout(() => dispatchEvent(new Event("resize")), 150);
  };
  const apply = (change, { keepPage = false, typing = false } = {}) => {
    change();
    if (!keepPage) state.offset = 0;
    draw();
    const write = typing && history.state?.typing ? "replaceState" : "pushState";
    history[write]({ typing }, "", address(state));
  };
  input.addEventListener("input", () => apply(() => { state.text = input.value; }, { typing: true }));
  const sort = (field) => apply(() => {
    state.down = (state.order || "@") === field && !state.down;
    state.order = field === "@" && !state.down ? "" : field;
  });
  table.tHead.addEventListener("click", (event) => { if (event.target.closest("button")) sort(event.target.closest("th").dataset.field); });
  page.querySelector(".explore-jump").addEventListener("click", (event) => {
    event.preventDefault();
    page.classList.toggle("filtering");
  });
  document.addEventListener("callboard:starred", () => {
    listed = lists();
    if (state.list === "starred") draw();
    else drawLists((last = matching()).sums);
  });
  addEventListener("popstate", () => { state = read(); draw(); });

  // The lists of links become check boxes; the focus stays where it was.
  const focused = document.activeElement?.closest(".explore-facets [data-value]");
  const at = focused && [focused.closest("[data-facet]").dataset.facet, focused.dataset.value];
  page.querySelectorAll("section.facet").forEach((one) => one.remove());
  part("lists").after(...sections.map((section) => section.box));
  const wanted = JSON.parse(page.dataset.wanted || "{}");
  const typed = input.value;
  page.dataset.ready = "";
  page.removeAttribute("aria-busy");
  draw();
  if (wanted.facet) {
    apply(() => {
      if (wanted.facet === "kind") state.chosen.kind = [];
      choose(facetOf[wanted.facet], wanted.value, true);
    });
  } else if (wanted.sort) sort(wanted.sort);
  else if (wanted.list) apply(() => { state.list = wanted.list; });
  else if (typed && typed !== state.text) apply(() => { state.text = typed; }, { typing: true });
  if (at) page.querySelector(`[data-facet="${at[0]}"] input[value="${CSS.escape(at[1])}"]`)?.focus();
})();
