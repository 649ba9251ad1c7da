// What the palette and /search/ share: the engine, the words of groups and filters, and how a result is drawn.
const LABELS = {
  "software-catalog": "Catalog", api: "APIs", techdocs: "Docs", page: "Pages", adr: "Decisions", announcement: "Announcements",
  radar: "Tech radar", scorecard: "Scorecards", build: "Builds", release: "Releases",
};
const FILTERS = {
  kind: "Kind of entity, as kind:api", type: "What is looked through, as type:techdocs", owner: "Who owns it, as owner:team-a",
  tag: "A tag, as tag:java", lifecycle: "How far it is, as lifecycle:production", system: "The system it is part of, as system:shop",
};
const PATIENCE = 8000; // milliseconds until a reader is told that nothing comes
const TERM = /(^|\s)(-?)([a-z]+):("[^"]*"|[^\s"]+)(?=\s|$)/gi;

export const filters = Object.entries(FILTERS);
export const title = (group) => LABELS[group.type] || group.title || group.type.charAt(0).toUpperCase() + group.type.slice(1).replace(/[-_]/g, " ");
export const count = (number) => new Intl.NumberFormat(document.documentElement.lang || "en").format(number);
// Long lists are cut before they are counted to their end: `about` says so.
export const counted = (number, about) => (number === 0 ? "No results" : number === 1 ? "1 result" : (about ? "About " : "") + count(number) + " results");
// "group:default/team-a" as people say it; "api" as they write it.
export const short = (ref) => String(ref).slice(String(ref).lastIndexOf("/") + 1);
export const kind = (name) => ({ api: "API", airesource: "AI resource" })[String(name).toLowerCase()] || String(name).charAt(0).toUpperCase() + String(name).slice(1);
export const said = (key, value) => (key === "kind" ? kind(value) : key === "owner" || key === "system" ? short(value) : key === "type" ? title({ type: value }) : value);

export const make = (tag, props = {}, ...inside) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node && !name.includes("-")) node[name] = value;
    else if (value !== null) node.setAttribute(name, value);
  }
  node.append(...inside.filter((one) => one !== null && one !== ""));
  return node;
};

// [[text, marked], …] as text and <mark>.
export const marked = (parts, plain) => (parts && parts.length ? parts.map(([text, on]) => (on ? make("mark", { textContent: text }) : text)) : [plain || ""]);

// "pay kind:api" → the filters that are known, and the rest of the words.
export const parted = (text) => {
  const found = [];
  const rest = text.replace(TERM, (whole, before, minus, key, value) => {
    if (minus || !Object.hasOwn(FILTERS, key.toLowerCase())) return whole;
    found.push([key.toLowerCase(), value.replace(/"/g, "")]);
    return before;
  });
  return [found, rest.replace(/\s+/g, " ").trimStart()];
};
export const whole = (found, words) => [...found.map(([key, value]) => key + ":" + (/\s/.test(value) ? `"${value}"` : value)), words.trim()].filter(Boolean).join(" ");

// The engine, loaded once. What fails is tried anew when it is asked for again.
let opened = null;
export const engine = (seek) => {
  if (!opened) {
    opened = load(seek);
    opened.catch(() => { opened = null; });
  }
  return opened;
};
const load = async (seek) => {
  if (!seek.dataset.engine) throw new Error("This site was built without an index.");
  const part = await import(new URL(seek.dataset.engine, document.baseURI).href);
  const start = part.open || window.callboardSearch?.open;
  return start(new URL(document.querySelector(".brand").href, document.baseURI).href);
};

// A promise that fails when nothing has come in time; the work itself goes on.
export const timely = (work) => {
  let clock = 0;
  const late = new Promise((_, fail) => { clock = setTimeout(() => fail(new Error("late")), PATIENCE); });
  return Promise.race([work, late]).finally(() => clearTimeout(clock));
};

// Its glyph, title, where it lies, and the lines around the words.
export const glyph = (result, type) => make("span", { className: "glyph", "data-glyph": (result.kind || type || "page").toLowerCase(), "aria-hidden": "true" });
export const where = (result) => {
  const said = (result.path || []).filter((part) => part && part !== result.title);
  return said.join(" › ");
};
export const about = (result) => {
  const { meta = {} } = result;
  return [result.kind && kind(result.kind), meta.type, meta.owner && short(meta.owner)].filter((one, at, all) => one && typeof one === "string" && all.indexOf(one) === at);
};
export const snippet = (result) => (result.parts && result.parts.length ? make("span", { className: "snippet" }, ...marked(result.parts)) : null);
