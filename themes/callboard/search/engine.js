// Reads the search index of a site (docs/decisions/0011-search.md): open(base) gives {query, facets}. What pages load is
// assets/search/engine.js: made of this file by `make engine`.
// callboard/pages/search/{words,stem,query}.py do the same in Python; a test holds both to the same answers.
const BUDGET = 27000; // compressed bytes of one query
const ENTRY = 0.42; // compressed bytes of a character of our files
const STOP = new Set(("a an and are as at be but by can for from has have if in into is it its no not of on or such that the their then" +
  " there these they this to was we were will with you your").split(" "));
const U = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const L = `(?:(?![${U}])[\\p{L}\\p{N}])`;
const WORD = new RegExp(`[${U}]+|${L}+(?:[-._]${L}+)*(?:\\+\\+|#)?`, "gu");
const PLAIN = new RegExp(`[${U}]|${L}+`, "gu");
const UNSPACED = new RegExp(`^[${U}]`, "u");
const SPECIAL = { ß: "ss", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE", ø: "o", Ø: "O", ł: "l", Ł: "L", đ: "d", ς: "σ", ı: "i" };
const ASKED = /(-?)(?:(kind|owner|type|tag|namespace|lifecycle|system):)?(?:"([^"]*)"?|([^\s"]+))/giu;
const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex

const fold = (text) => {
  if (!ASCII.test(text)) {
    text = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").replace(/[ßæÆœŒøØłŁđςı]/g, (c) => SPECIAL[c]);
  }
  return text.replace(/['\u2019](?:s|t|d|m|ll|re|ve)(?![\p{L}\p{N}_])/giu, "");
};
const plain = (text) => (fold(text).toLowerCase().match(PLAIN) || []).join(" ");

// Snowball's "English".
const KEPT = { early: "earli", gently: "gentl", idly: "idl", only: "onli", singly: "singl", skies: "sky", skis: "ski", ugly: "ugli" };
for (const word of "andes atlas bias cosmos howe news sky".split(" ")) KEPT[word] = word;
const table = (text) => Object.fromEntries(text.split(" ").map((pair) => pair.split(":")));
const SECOND = table("anci:ance enci:ence ogi:og li: bli:ble abli:able alli:al fulli:ful lessli:less ousli:ous entli:ent aliti:al biliti:ble" +
  " iviti:ive tional:tion ational:ate alism:al ation:ate ization:ize izer:ize ator:ate iveness:ive fulness:ful ousness:ous ogist:og");
const THIRD = table("icate:ic ative: alize:al iciti:ic ical:ic tional:tion ational:ate ful: ness:");
const FOURTH = table("ic: ance: ence: able: ible: ate: ive: ize: iti: al: ism: ion: er: ous: ant: ent: ment: ement:");
const ending = (ends) => new RegExp(`(?:${Object.keys(ends).sort((a, b) => b.length - a.length).join("|")})$`);
const ENDS = [SECOND, THIRD, FOURTH].map(ending);
const SHORT = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy]|past)$/;
const pair = (word, from) => {
  const at = word.slice(from).search(/[aeiouy][^aeiouy]/);
  return at < 0 ? word.length : from + at + 2;
};
const past = (word, first) => {
  const found = /(?:eedly|ingly|edly|eed|ing|ed)$/.exec(word);
  if (!found) return word;
  const root = word.slice(0, found.index);
  if (found[0].startsWith("eed")) return found.index >= first && !/^(succ|proc|exc)$/.test(root) ? root + "ee" : word;
  if (found[0] === "ing") {
    if (/^[^aeiouy]y$/.test(root)) return root[0] + "ie";
    if (/^(even|cann|inn|earr|herr|out)$/.test(root)) return word;
  }
  if (!/[aeiouy]/.test(root)) return word;
  if (/(at|bl|iz)$/.test(root)) return root + "e";
  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(root)) return /^[aeo]..$/.test(root) ? root : root.slice(0, -1);
  return root.length === first && SHORT.test(root) ? root + "e" : root;
};
const stem = (word) => {
  if (Object.hasOwn(KEPT, word)) return KEPT[word];
  if (word.length < 3) return word;
  word = word.replace(/^y/, "Y").replace(/([aeiouy])y/g, "$1Y");
  const begin = /^(?:arsen|commun|emerg|gener|inter|later|organ|past|univers)/.exec(word);
  const first = begin ? begin[0].length : pair(word, 0), second = pair(word, first);
  if (/sses$/.test(word)) word = word.slice(0, -2);
  else if (/ie[ds]$/.test(word)) word = word.slice(0, word.length > 4 ? -2 : -1);
  else if (/[aeiouy].*[^su]s$|[aeiouy].*[^s]s$/.test(word) && !/(us|ss)$/.test(word) && /[aeiouy]/.test(word.slice(0, -2))) word = word.slice(0, -1);
  word = past(word, first);
  if (word.length > 2 && /[^aeiouy][yY]$/.test(word)) word = word.slice(0, -1) + "i";
  let found = ENDS[0].exec(word);
  if (found && found.index >= first) {
    const before = word[found.index - 1] || "-";
    if ((found[0] !== "ogi" || before === "l") && (found[0] !== "li" || "cdeghkmnrt".includes(before))) {
      word = word.slice(0, found.index) + SECOND[found[0]];
    }
  }
  found = ENDS[1].exec(word);
  if (found && found.index >= (found[0] === "ative" ? second : first)) word = word.slice(0, found.index) + THIRD[found[0]];
  found = ENDS[2].exec(word);
  if (found && found.index >= second && (found[0] !== "ion" || /[st]/.test(word[found.index - 1]))) word = word.slice(0, found.index);
  const end = word.length - 1;
  if (word[end] === "e") {
    if (end >= second || (end >= first && !SHORT.test(word.slice(0, -1)))) word = word.slice(0, -1);
  } else if (/ll$/.test(word) && end >= second) word = word.slice(0, -1);
  return word.replace(/Y/g, "y");
};

// Words of a text: {whole, parts (stems), plain}.
const known = new Map();
const spell = (word, english) => {
  const key = word + english;
  if (known.size > 20000) known.clear();
  if (!known.has(key)) known.set(key, spelt(word, english));
  return known.get(key);
};
const spelt = (word, english) => {
  const root = (part) => (english && /^[a-z]+$/.test(part) ? stem(part) : part);
  if (UNSPACED.test(word)) {
    const letters = [...word], pairs = letters.slice(1).map((letter, at) => letters[at] + letter);
    const parts = pairs.length ? pairs : [word];
    return { whole: "", parts, plain: parts };
  }
  const humps = word.replace(/[+#]+$/, "").replace(/[-._]+/g, " ").replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2");
  const cut = (text) => [...text].slice(0, 40).join("");
  const parts = humps.toLowerCase().split(/\s+/).filter(Boolean).map(cut), whole = cut(word.toLowerCase());
  return { whole: parts.length === 1 && parts[0] === whole ? "" : whole, parts: parts.map(root), plain: parts };
};
const spelled = (text, english) => (fold(text).match(WORD) || []).map((word) => spell(word, english));

// The query: words that must match, phrases, what must not, and filters.
const parse = (text, english) => {
  const asked = { words: [], wholes: [], phrases: [], without: [], filters: [], plain: "" }, said = [];
  let last = null;
  for (const [, no, name, phrase, bare] of text.matchAll(ASKED)) {
    const value = phrase ?? bare;
    if (name) {
      if (value) asked.filters.push({ name: name.toLowerCase(), value: value.toLowerCase(), no: !!no });
      continue;
    }
    const words = spelled(value, english);
    if (phrase !== undefined && !no && plain(phrase)) asked.phrases.push(plain(phrase));
    if (!no) said.push(value);
    for (const word of words) {
      if (word.whole && !no) asked.wholes.push(word.whole);
      word.parts.forEach((term, at) => {
        const one = { term, plain: word.plain[at], prefix: false };
        (no ? asked.without : asked.words).push(one);
        if (!no) last = phrase === undefined && !UNSPACED.test(term) ? one : null;
      });
      if (!no && word.parts.length === 1 && [...word.parts[0]].length === 1 && UNSPACED.test(word.parts[0])) last = asked.words.at(-1);
    }
  }
  asked.plain = plain(said.join(" "));
  if (last) last.prefix = true;
  const seen = new Set(), kept = asked.words.filter((one) => one.prefix || !STOP.has(one.plain));
  asked.words = (kept.length ? kept : asked.words).filter((one) => !seen.has(one.term + one.prefix) && seen.add(one.term + one.prefix));
  if (asked.words.length > 5) { // as many as a query may load: the longest say most
    asked.words = [...asked.words].sort((a, b) => b.plain.length - a.plain.length).slice(0, 5);
  }
  return asked;
};

const ENDINGS = "ment ments ing ings ed edly ation ations ate ates ator ators able ness ly er ers ies ied es ity ities al ally ion ions ive ize izes ized izing ful".split(" ");
const matches = (word, term, text) => term === word.term || (word.prefix && text.startsWith(word.plain));

const open = async (base = "/") => {
  const files = new Map();
  let spent = 0;
  const load = (file, signal) => {
    if (!files.has(file)) {
      const loading = fetch(base + file, { signal }).then(async (answer) => {
        if (!answer.ok) throw new Error(`${answer.status} for ${base}${file}`);
        const text = await answer.text();
        spent += text.length * ENTRY;
        return JSON.parse(text);
      });
      files.set(file, loading);
      loading.catch(() => files.delete(file));
    }
    return files.get(file);
  };
  const named = (name, signal) => load(`_/search/${name}.json`, signal);
  const index = await load("_/search.json");
  if (index.v !== 1) throw new Error(`search index of version ${index.v}`);
  const english = index.stem === "en";
  const below = (starts, term) => { // the number of the last one that is not after the term
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= term) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const routed = async (term, signal) => {
    const at = below(index.routes.map(([start]) => start), term);
    if (at < 0) return [[], [], [], []];
    const table = index.routes[at][1];
    return typeof table === "string" ? named(table, signal) : table;
  };

  // A list: {complete, count, places: Map(id → worth)}; the rows of its documents go to ``rows``.
  const read = (shard, list, values, less, rows) => {
    const [blocks, sorts, owners, table] = shard;
    for (let at = 1; at < values.length; at += 2) {
      const row = values[at] * 4, id = blocks[table[row]] + table[row + 1];
      if (!rows.has(id)) rows.set(id, { sort: sorts[table[row + 2]], owner: owners[table[row + 3]] });
      const worth = less ? Math.floor((values[at + 1] * 4) / 5) : values[at + 1];
      if (!(list.places.get(id) >= worth)) list.places.set(id, worth);
    }
  };
  const lookup = async (term, rows, signal) => {
    const list = { complete: true, count: 0, places: new Map() };
    const [starts, names] = await routed(term, signal), at = below(starts, term);
    if (at < 0) return list;
    const shard = await named(names[at], signal), values = Object.hasOwn(shard[4], term) ? shard[4][term] : [0];
    read(shard, list, values, false, rows);
    list.count = values[0];
    list.complete = values[0] <= (values.length - 1) / 2;
    return list;
  };
  const begun = async (word, rows, signal) => {
    const list = await lookup(word.term, rows, signal);
    if (word.term !== word.plain) {
      const other = await lookup(word.plain, rows, signal);
      merge(list, other);
    }
    const [starts, names, prefixes, beginnings] = await routed(word.plain, signal), node = prefixes.indexOf(word.plain);
    if (node >= 0) {
      const shard = await named(beginnings[node], signal);
      read(shard, list, shard[4][word.plain], true, rows);
      list.complete = false;
      list.count = Math.max(list.count, list.places.size);
      return list;
    }
    const [ends, endNames] = await routed(word.plain + "\u{10ffff}", signal), at = below(ends, word.plain + "\u{10ffff}");
    if (at < 0) return list;
    const shard = await named(endNames[at], signal);
    const scan = (fits) => {
      for (const term of Object.keys(shard[4])) {
        if (term === word.term || term === word.plain || term.includes(":") || !fits(term)) continue;
        const values = shard[4][term];
        read(shard, list, values, true, rows);
        if (values[0] > (values.length - 1) / 2) list.complete = false;
        list.count = Math.max(list.count, values[0], list.places.size);
      }
    };
    scan((term) => term.startsWith(word.plain));
    if (!list.places.size) { // "deploym": the stem is shorter than what is typed
      for (let end = word.plain.length - 1; end >= 4 && !list.places.size; end--) {
        const rest = word.plain.slice(end);
        if (!ENDINGS.some((one) => one.startsWith(rest))) continue;
        const found = await lookup(word.plain.slice(0, end), rows, signal);
        if (found.places.size) {
          merge(list, found);
          word.term = word.plain.slice(0, end);
        }
      }
    }
    return list;
  };
  const merge = (list, other) => {
    for (const [id, worth] of other.places) if (!(list.places.get(id) >= worth)) list.places.set(id, worth);
    list.complete = list.complete && other.complete;
    list.count = Math.max(list.count, other.count, list.places.size);
  };

  // What a filter says of a document by its row: true, false, or undefined (to be looked up in the document).
  const admits = (filter, id, row) => {
    const [type, kind] = row.sort.split("/");
    if (filter.name === "kind") return kind === filter.value;
    if (filter.name === "owner") return row.owner === filter.value || row.owner.slice(row.owner.lastIndexOf("/") + 1) === filter.value;
    if (filter.name === "type" && type === filter.value) return true;
    if (filter.list.places.has(id)) return true;
    return filter.list.complete ? false : undefined;
  };
  const together = (filters, id, row) => {
    // Filters of one name are alternatives.
    const names = [...new Set(filters.map((one) => one.name))];
    let unsure = false;
    for (const name of names) {
      const said = filters.filter((one) => one.name === name).map((one) => admits(one, id, row));
      if (said.includes(true)) continue;
      if (!said.includes(undefined)) return false;
      unsure = true;
    }
    return unsure ? undefined : true;
  };

  const candidates = async (asked, rows, signal) => {
    const lists = await Promise.all(asked.words.map((word) => (word.prefix ? begun(word, rows, signal) : lookup(word.term, rows, signal))));
    const wholes = await Promise.all(asked.wholes.slice(0, 2).map((term) => lookup(term, rows, signal)));
    await Promise.all(asked.filters.map(async (one) => { one.list = await lookup(`${one.name}:${one.value}`, rows, signal); }));
    const without = await Promise.all(asked.without.map((word) => lookup(word.term, rows, signal)));
    const yes = asked.filters.filter((one) => !one.no), no = asked.filters.filter((one) => one.no);
    const sets = {}; // filters of one name are alternatives: their lists are one
    for (const one of yes) merge((sets[one.name] ??= { complete: true, count: 0, places: new Map() }), one.list);
    const narrow = [...lists, ...Object.values(sets)], base = lists.length ? lists : narrow;
    const whole = narrow.filter((list) => list.complete).sort((a, b) => a.places.size - b.places.size);
    const ids = whole.length ? [...whole[0].places.keys()] : [...new Set(narrow.flatMap((list) => [...list.places.keys()]))];
    const all = Math.max(2, index.documents), weight = (list) => 0.3 + Math.log(1 + all / Math.max(1, list.count)) / Math.log(1 + all);
    const found = [];
    for (const id of ids) {
      if (whole.some((list) => !list.places.has(id)) || without.some((list) => list.places.has(id))) continue;
      const row = rows.get(id), fits = together(yes, id, row);
      if (fits === false || no.some((one) => admits(one, id, row))) continue;
      let score = 0, unsure = fits === undefined ? 1 : 0;
      for (const list of lists) {
        if (list.places.has(id)) score += list.places.get(id) * weight(list);
        else unsure += 1;
      }
      for (const list of wholes) score += (list.places.get(id) || 0) * weight(list);
      found.push({ id, type: row.sort.split("/")[0], row, score: Math.round(score * 1000) / 1000, unsure });
    }
    found.sort((a, b) => a.unsure - b.unsure || b.score - a.score || (a.id < b.id ? -1 : 1));
    // Of a single list it is known how many there are, however few of them it names.
    const alone = base.length === 1 && asked.filters.length === (lists.length ? 0 : 1) && !asked.without.length && !asked.phrases.length;
    return { found, cut: base.some((list) => !list.complete), count: alone ? base[0].count : 0 };
  };

  // Whether a document has all that its row could not tell.
  const holds = (asked, item, document) => {
    const texts = [document[1], ...(document[6] || []), ...(document[7] || []), document[3], (document[5] || "").split("/").pop()];
    for (const [, title, text] of document[9] || []) texts.push(title, text);
    const filters = () => {
      const more = { ...document[8], type: [document[0], (document[8] || {}).type] };
      return asked.filters.every((one) => {
        const said = [more[one.name]].flat().filter(Boolean).map((value) => String(value).toLowerCase());
        const fits = said.some((value) => value === one.value || value.split("/").pop() === one.value);
        if (one.name === "kind" || one.name === "owner") return true;
        return one.no ? !fits : fits || asked.filters.some((other) => other !== one && other.name === one.name && !other.no);
      });
    };
    if (asked.phrases.length) {
      const whole = texts.map((text) => ` ${plain(text || "")} `).join("\n");
      if (!asked.phrases.every((phrase) => whole.includes(` ${phrase} `) || (UNSPACED.test(phrase) && whole.includes(phrase)))) return false;
    }
    if (!item.unsure) return true;
    const words = spelled(texts.join("\n"), english);
    return filters() && asked.words.every((word) => words.some((one) => one.parts.some((term, at) => matches(word, term, one.plain[at]))));
  };

  const marked = (asked, text) => {
    const parts = [];
    let end = 0;
    const push = (piece, on) => piece && parts.push([piece, on]);
    for (const found of text.matchAll(WORD)) {
      const one = spell(fold(found[0]), english), wholes = asked.wholes.includes(one.whole) && one.whole;
      const hit = wholes || one.parts.some((term, at) => asked.words.some((word) => matches(word, term, one.plain[at])));
      if (!hit) continue;
      push(text.slice(end, found.index), false);
      push(found[0], true);
      end = found.index + found[0].length;
    }
    push(text.slice(end), false);
    return parts;
  };
  const snippet = (asked, text) => {
    const hits = [], parts = marked(asked, text);
    let at = 0;
    for (const [piece, on] of parts) {
      if (on) hits.push(at);
      at += piece.length;
    }
    let best = 0, most = -1;
    for (const hit of hits) {
      const count = hits.filter((other) => other >= hit && other < hit + 130).length;
      if (count > most) [best, most] = [hit, count];
    }
    let start = best > 60 ? text.lastIndexOf(" ", best - 40) + 1 : 0;
    if (best - start > 90) start = best - 40;
    let end = start + 190 < text.length ? text.lastIndexOf(" ", start + 190) : text.length;
    if (end <= best) end = Math.min(text.length, start + 190);
    const shown = text.slice(start, end);
    return marked(asked, (start ? "… " : "") + shown + (end < text.length ? " …" : ""));
  };
  const worthOf = (asked, text) => {
    const words = spelled(text || "", english);
    return asked.words.filter((word) => words.some((one) => one.parts.some((term, at) => matches(word, term, one.plain[at])))).length;
  };
  const shown = (asked, item, document) => {
    let [type, title, href, text, kind = "", owner = "", path = [], , more = {}, sections = []] = document;
    let best = null, most = -1;
    for (const section of sections) {
      let worth = 3 * worthOf(asked, section[1]) + worthOf(asked, section[2]);
      if (asked.phrases.length) {
        const flat = plain(`${section[1]}\n${section[2]}`);
        worth += 9 * asked.phrases.filter((phrase) => flat.includes(phrase)).length;
      }
      if (worth > most) [best, most] = [section, worth];
    }
    if (best) {
      text = best[2] || "";
      if (best[0]) href += `#${best[0]}`;
      if (best[1] && best[1] !== title) [path, title] = [[...path, title], best[1]];
    }
    const flat = plain(title), tier = flat === asked.plain ? 0 : asked.plain && flat.startsWith(asked.plain) ? 1 : 2;
    return { type, title, titleParts: marked(asked, title), href: base + href.replace(/^\//, ""), path, parts: snippet(asked, text || ""), kind,
      meta: { owner, ...more }, score: item.score, tier };
  };

  const query = async (text, { types = [], limit = 8, signal, page = 0 } = {}) => {
    const begin = performance.now(), rows = new Map(), asked = parse(text.slice(0, 200), english);
    spent = 0;
    if (types.length) for (const value of types) asked.filters.push({ name: "type", value, no: false, only: true });
    const none = !asked.words.length && !asked.filters.some((one) => !one.no && !one.only);
    const { found, cut, count } = none && !types.length ? { found: [], cut: false, count: 0 } : await candidates(asked, rows, signal);
    const groups = new Map();
    for (const item of found) {
      if (!groups.has(item.type)) groups.set(item.type, { type: item.type, items: [], results: [], at: page * limit, gone: 0 });
      groups.get(item.type).items.push(item);
    }
    const order = [...groups.values()];
    // One of each group in turn, so that each gets its part of what may be loaded.
    for (let more = true, first = true; more; ) {
      const wanted = [];
      for (let round = 0; round < 4; round++) {
        for (const group of order) {
          if (group.at < group.items.length && group.results.length + wanted.filter((one) => one.group === group).length < limit) {
            wanted.push({ group, item: group.items[group.at] });
            group.at++;
          }
        }
      }
      const able = [];
      let free = first ? Math.max(BUDGET - spent, 4000) : BUDGET - spent;
      first = false;
      const asking = new Set();
      for (const one of wanted) {
        const name = one.item.id.slice(0, 9), file = `_/search/${name}.json`;
        const price = files.has(file) || asking.has(name) ? 0 : 1900;
        if (price > free) { one.group.at = Infinity; continue; }
        free -= price;
        asking.add(name);
        able.push(one);
      }
      const documents = await Promise.all(able.map((one) => named(one.item.id.slice(0, 9), signal)));
      able.forEach(({ group, item }, at) => {
        const document = documents[at][Number(item.id.slice(9))];
        if (holds(asked, item, document)) group.results.push(shown(asked, item, document));
        else group.gone++;
      });
      more = able.length > 0 && order.some((group) => group.at < group.items.length && group.results.length < limit);
    }
    for (const group of order) group.results.sort((a, b) => a.tier - b.tier);
    const kept = order.map(({ type, items, results, gone }) => ({ type, title: type, total: items.length - gone, results })).filter((one) => one.total > 0);
    if (kept.length === 1) kept[0].total = Math.max(kept[0].total, count);
    const filters = Object.fromEntries(asked.filters.filter((one) => !one.only && !one.no).map((one) => [one.name, one.value]));
    return { terms: asked.words.map((word) => word.plain), filters, total: Math.max(count, kept.reduce((sum, one) => sum + one.total, 0)), about: cut,
      ms: performance.now() - begin, groups: kept, found };
  };
  const facets = (result) => {
    const counts = { type: {}, kind: {}, owner: {} };
    for (const { row } of result.found) {
      const [type, kind] = row.sort.split("/");
      for (const [name, value] of [["type", type], ["kind", kind], ["owner", row.owner]]) {
        if (value) counts[name][value] = (counts[name][value] || 0) + 1;
      }
    }
    const sorted = (of) => Object.entries(of).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return Object.fromEntries(Object.entries(counts).map(([name, of]) => [name, sorted(of)]));
  };
  return { query, facets, documents: index.documents, counts: index.counts };
};

export { open, stem, plain, spelled };
