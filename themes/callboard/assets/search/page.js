// /search/: the address holds the question; results, facets and numbered pages are drawn from it.
const seek = document.querySelector("[data-palette]");
const shared = await import(new URL(seek.dataset.results, document.baseURI).href);
const { make, marked, parted, whole, title, counted, count, glyph, where, about, snippet } = shared;

const SIZE = 20; // results of a numbered page
const FEW = 5; // of a group among others
const FACETS = [["kind", "Kind"], ["owner", "Owner"], ["lifecycle", "Lifecycle"], ["tag", "Tag"]];
const VALUES = 8; // of a facet, before the rest is asked for
const form = document.getElementById("search");
const input = form.querySelector("input");
const found = document.querySelector("[data-found]");
const said = document.querySelector("[data-counted]");
const browse = document.querySelector("[data-browse]");
const name = document.title;
let turn = 0;

const asked = () => {
  const from = new URLSearchParams(location.search);
  const facets = FACETS.map(([key]) => [key, from.get(key)]).filter(([, value]) => value);
  return { q: (from.get("q") || "").slice(0, 200), type: from.get("type") || "", facets: Object.fromEntries(facets), page: Math.max(1, parseInt(from.get("page"), 10) || 1) };
};
const address = ({ q, type, facets, page }) => {
  const to = new URLSearchParams();
  if (q) to.set("q", q);
  if (type) to.set("type", type);
  for (const [key, value] of Object.entries(facets)) to.set(key, value);
  if (page > 1) to.set("page", page);
  const text = to.toString().replace(/%3A/g, ":");
  return location.pathname + (text ? "?" + text : "");
};
// A link of this page: its address is complete, a plain click stays here.
const link = (to, props, ...inside) => make("a", { href: address(to), "data-here": "", ...props }, ...inside);

const result = (one, type) => make("li", {},
  glyph(one, type),
  make("div", {},
    make("p", { className: "title" }, make("a", { href: one.href }, ...marked(one.titleParts, one.title))),
    make("p", { className: "where", textContent: [where(one), ...about(one)].filter(Boolean).join(" · ") }),
    snippet(one)));
const group = (state, one, few, rough) => {
  const id = "group-" + one.type;
  const rest = few && one.total > one.results.length;
  return make("section", { "aria-labelledby": id },
    make("h2", { id }, title(one), make("small", { textContent: " " + count(one.total) })),
    make("ul", { className: "hits" }, ...one.results.map((hit) => result(hit, one.type))),
    rest ? make("p", {}, link({ ...state, type: one.type, page: 1 }, { className: "button", textContent: `All ${rough ? "" : count(one.total) + " "}in ${title(one)}` })) : null);
};
const facet = (state, key, label, values) => {
  const chosen = key === "type" ? state.type : state.facets[key];
  const to = (value) => (key === "type" ? { ...state, type: value, page: 1 } : { ...state, page: 1, facets: value ? { ...state.facets, [key]: value } : Object.fromEntries(Object.entries(state.facets).filter(([one]) => one !== key)) });
  const same = (value) => [value, shared.short(value)].some((one) => one.toLowerCase() === (chosen || "").toLowerCase());
  const row = ([value, number]) => make("li", {}, link(to(same(value) ? "" : shared.short(value)), same(value) ? { "aria-current": "true" } : {}, make("span", { className: "cut", textContent: shared.said(key, value) }), " ", make("span", { className: "n", textContent: count(number) })));
  const listed = values.slice(0, VALUES), rest = values.slice(VALUES, 60);
  const all_ = key === "type" ? [make("li", {}, link(to(""), chosen ? {} : { "aria-current": "true" }, make("span", { textContent: "Everything" })))] : [];
  return make("section", { className: "narrow", "aria-label": label }, make("h2", { textContent: label }), make("ul", {}, ...all_, ...listed.map(row)),
    rest.length ? make("details", {}, make("summary", { textContent: `${rest.length} more` }), make("ul", {}, ...rest.map(row))) : null);
};
const pager = (state, total) => {
  const pages = Math.ceil(total / SIZE);
  if (pages < 2) return null;
  const near = [...new Set([1, pages, ...[-2, -1, 0, 1, 2].map((step) => state.page + step)])].filter((one) => one > 0 && one <= pages).sort((a, b) => a - b);
  const items = near.flatMap((one, at) => [
    ...(at && one - near[at - 1] > 1 ? [make("li", { className: "gap", "aria-hidden": "true", textContent: "…" })] : []),
    make("li", {}, link({ ...state, page: one }, one === state.page ? { "aria-current": "page" } : {}, make("span", { className: "vh", textContent: "Page " }), String(one))),
  ]);
  return make("nav", { className: "pager", "aria-label": "Pages" }, make("ul", {}, ...items));
};
const chips = (state, filters) => {
  const typed = Object.entries(filters || {}).filter(([key]) => !(key in state.facets) && !(key === "type" && state.type));
  const given = [...Object.entries(state.facets), ...(state.type ? [["type", state.type]] : [])];
  const off = (key) => {
    const [inside, words] = parted(state.q);
    return { q: whole(inside.filter(([one]) => one !== key), words), type: key === "type" ? "" : state.type, facets: Object.fromEntries(Object.entries(state.facets).filter(([one]) => one !== key)), page: 1 };
  };
  const both = [...given, ...typed];
  return both.length ? make("p", { className: "chosen" }, ...both.map(([key, value]) => link(off(key), { className: "chip", title: "Remove this filter" }, make("span", { className: "vh", textContent: "Remove filter " }), make("b", { textContent: key }), " " + (key === "type" ? title({ type: String(value) }) : value)))) : null;
};

const draw = async () => {
  const mine = ++turn;
  const state = asked();
  if (document.activeElement !== input) input.value = state.q;
  const text = whole(Object.entries(state.facets), state.q);
  document.title = state.q ? `${state.q} · ${name}` : name;
  if (!text && !state.type) {
    found.replaceChildren();
    said.textContent = "";
    browse.hidden = false;
    return;
  }
  const patience = setTimeout(() => { if (mine === turn) found.replaceChildren(make("p", { className: "muted", textContent: "Looking …" })); }, 300);
  try {
    const work = (async () => {
      const engine = await shared.engine(seek);
      const options = state.type ? { types: [state.type], limit: SIZE, page: state.page - 1 } : { limit: FEW };
      let all = await engine.query(text, options);
      if (!state.type && all.groups.length === 1) all = await engine.query(text, { limit: SIZE, page: state.page - 1 });
      return [all, await engine.facets(all), state.type ? await engine.facets(await engine.query(text, { limit: 1 })) : null];
    })();
    const [all, facets, without] = await shared.timely(work);
    if (mine !== turn) return;
    const few = all.groups.length > 1;
    const types = (without || facets).type || all.groups.map((one) => [one.type, one.total]);
    const sides = [["type", "Where", types], ...FACETS.map(([key, label]) => [key, label, facets[key] || []])].filter(([key, , values]) => values.length > (key === "type" ? 0 : 1) || state.facets[key]);
    const summary = make("p", { className: "count" }, make("b", { textContent: counted(all.total, all.about) }), state.q ? ` for “${state.q}”` : "");
    const main = all.total ? [...all.groups.filter((one) => one.results.length).map((one) => group(state, one, few, all.about)), few ? null : pager(state, all.total)] : [make("p", { className: "nothing" }, "Nothing has all of these words. Try fewer of them, ", Object.keys(state.facets).length || state.type ? "take a filter away, " : "", "or find it by hand below.")];
    found.replaceChildren(make("div", { className: "results" },
      make("div", { className: "hits-side" }, make("details", { open: innerWidth >= 720 }, make("summary", { textContent: "Filters" }), ...sides.map(([key, label, values]) => facet(state, key, label, values)))),
      make("div", { className: "hits-main" }, ...[summary, chips(state, all.filters), ...main].filter(Boolean))));
    said.textContent = counted(all.total, all.about);
    browse.hidden = all.total > 0;
  } catch (error) {
    if (mine !== turn) return;
    const late = error.message === "late";
    found.replaceChildren(make("p", { className: "nothing" }, make("span", { className: "state warn", textContent: late ? "The index has not come yet." : "The search could not be loaded." }), " ", link(state, { textContent: "Try again" }), ", or find it by hand below."));
    said.textContent = late ? "The index has not come yet." : "The search could not be loaded.";
    browse.hidden = false;
  } finally { clearTimeout(patience); }
};

const go = (url, step) => {
  step ? history.pushState(null, "", url) : history.replaceState(null, "", url);
  return draw();
};
let waiting = 0;
input.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => go(address({ ...asked(), q: input.value.trim(), page: 1 })), 120);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  go(address({ ...asked(), q: input.value.trim(), page: 1 }), true);
});
found.addEventListener("click", (event) => {
  const to = event.target.closest("a[data-here]");
  if (!to || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const before = to.closest(".pager") ? "page" : "";
  go(to.href, true).then(() => {
    if (before) scrollTo(0, 0);
    if (!document.activeElement || document.activeElement === document.body) found.querySelector("a[href]")?.focus({ preventScroll: !before });
  });
});
addEventListener("popstate", draw);
input.value = asked().q;
if (!input.value && !location.hash) input.focus();
draw();
