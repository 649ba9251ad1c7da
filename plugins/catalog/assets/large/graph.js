// The graph explorer: entities around one or several roots, in layers. Loaded on its own page only; its data when a root is known.
(() => {
  "use strict";
  const page = document.querySelector("div.graph[data-script]");
  const form = page.querySelector("[data-form]"), stage = page.querySelector("[data-stage]"), listing = page.querySelector("[data-list]");
  const make = (tag, props = {}, ...inside) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...inside);
    return node;
  };
  const draw = (tag, attributes = {}, ...inside) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...inside);
    return node;
  };
  const figure = (number) => number.toLocaleString("en").replaceAll(",", "\u202f");
  const plural = (number, one, many) => `${figure(number)} ${number === 1 ? one : many}`;

  // State, and the address that says it, as Backstage's graph page has it.
  const DIRECTIONS = { LR: "Left to right", RL: "Right to left", TB: "Top to bottom", BT: "Bottom to top" };
  const CURVES = { curveMonotoneX: "Curved", curveStepBefore: "Stepped" };
  const read = () => {
    const query = new URLSearchParams(location.search);
    const list = (name) => [...query].filter(([key]) => key.replace(/\[\d*\]$/, "") === name).map(([, value]) => value.toLowerCase());
    const relations = [...query].filter(([key]) => key.replace(/\[\d*\]$/, "") === "selectedRelations").map(([, value]) => value);
    const depth = query.get("maxDepth");
    return {
      roots: [...new Set(list("rootEntityRefs"))],
      depth: depth === "∞" ? Infinity : Math.max(1, Math.trunc(Number(depth)) || 2),
      kinds: list("selectedKinds"),
      relations,
      unidirectional: query.get("unidirectional") !== "false",
      merge: query.get("mergeRelations") !== "false",
      direction: Object.hasOwn(DIRECTIONS, query.get("direction")) ? query.get("direction") : "LR",
      curve: Object.hasOwn(CURVES, query.get("curve")) ? query.get("curve") : "curveMonotoneX",
    };
  };
  const address = (one) => {
    const query = new URLSearchParams();
    for (const ref of one.roots) query.append("rootEntityRefs[]", ref);
    query.append("maxDepth", one.depth === Infinity ? "∞" : one.depth);
    for (const kind of one.kinds) query.append("selectedKinds[]", kind);
    for (const type of one.relations) query.append("selectedRelations[]", type);
    query.append("unidirectional", one.unidirectional);
    query.append("mergeRelations", one.merge);
    query.append("direction", one.direction);
    query.append("curve", one.curve);
    return `${location.pathname}?${query}`;
  };
  let state = read();

  // Data: nodes by row; neighbours of each as (relation, way, node). Rows are in the order of titles, so everything below is repeatable.
  let loading = null;
  const load = () => (loading ??= fetch(page.dataset.index).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status))))).then(prepare));
  const spoken = (name) => name.replaceAll("_", "-").split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ");
  const prepare = (data) => {
    const size = data.names.length, all = size + data.missing.length;
    const refs = data.names.map((name, row) => `${data.kinds[data.kind[row]].name}:${data.namespaces[data.namespace[row]]}/${name}`.toLowerCase()).concat(data.missing);
    const titles = data.titles.map((title, row) => (title === 0 ? data.names[row] : title === 1 ? spoken(data.names[row]) : title)).concat(data.missing.map((ref) => ref.replace(/^[^:]*:(default\/)?/, "")));
    const near = Array.from({ length: all }, () => []);
    data.relations.forEach((relation, number) => {
      let from = 0;
      relation.from.forEach((step, at) => {
        from += step;
        near[from].push([number, 0, relation.to[at]]);
        near[relation.to[at]].push([number, 1, from]);
      });
    });
    const kindOf = (node) => (node < size ? data.kinds[data.kind[node]].name : refs[node].split(":")[0]);
    const href = (node) => {
      if (node >= size) return "";
      const path = data.paths[node] ?? `${data.namespaces[data.namespace[node]].toLowerCase()}/${kindOf(node)}/${data.names[node]}/`;
      return path && new URL(path.split("/").map(encodeURIComponent).join("/"), new URL(page.dataset.base, location)).href;
    };
    for (const list of near) list.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    return {
      size, refs, titles, near, href, kindOf, relations: data.relations, kinds: data.kinds,
      rowOf: new Map(refs.map((ref, row) => [ref, row])),
      word: (relation, way) => (way ? data.relations[relation].reverseTitle : data.relations[relation].title),
      kindTitle: (node) => (node < size ? data.kinds[data.kind[node]].title : "missing"),
    };
  };

  // Around the roots: breadth first, at most FAN neighbours of a kind of relation at a node, and MOST nodes in all.
  const FAN = 12, MOST = 80;
  const around = (data) => {
    const kinds = new Set(state.kinds), relations = new Set(state.relations);
    const wanted = (relation) => !relations.size || relations.has(data.relations[relation].type);
    const depth = new Map(), more = new Map(), edges = new Map();
    const roots = state.roots.map((ref) => data.rowOf.get(ref)).filter((row) => row !== undefined);
    for (const row of roots) depth.set(row, 0);
    let left = 0;
    const queue = [...depth.keys()];
    for (let at = 0; at < queue.length; at++) {
      const node = queue[at], here = depth.get(node), fan = new Map();
      for (const [relation, way, other] of data.near[node]) {
        if (here >= state.depth || !wanted(relation) || other === node) continue;
        if (!depth.has(other)) {
          if (kinds.size && !kinds.has(data.kindOf(other))) continue;
          const key = relation * 2 + way, count = fan.get(key) || 0;
          if (count >= FAN || depth.size >= MOST) {
            more.set(node, (more.get(node) || 0) + 1);
            left++;
            continue;
          }
          fan.set(key, count + 1);
          depth.set(other, here + 1);
          queue.push(other);
        }
        const [from, to] = way ? [other, node] : [node, other];
        edges.set(`${relation} ${from} ${to}`, { relation, from, to });
      }
    }
    return { roots, nodes: queue, depth, more, left, edges: [...edges.values()] };
  };
  // What a line says, from the side nearer to the roots; the same pair of nodes shares one line if relations are merged.
  const lines = (data, found) => {
    const place = new Map(found.nodes.map((node, at) => [node, at]));
    const made = new Map();
    const add = (a, b, word) => {
      const key = state.merge ? `${Math.min(a, b)} ${Math.max(a, b)}` : `${a} ${b} ${word}`;
      const line = made.get(key) || { a, b, words: [], both: false };
      if (line.a !== a) line.both = true;
      if (!line.words.includes(word)) line.words.push(word);
      made.set(key, line);
    };
    for (const { relation, from, to } of found.edges) {
      const outward = place.get(from) < place.get(to), [a, b] = outward ? [from, to] : [to, from];
      add(a, b, data.word(relation, outward ? 0 : 1));
      if (!state.unidirectional && data.word(relation, outward ? 1 : 0)) add(b, a, data.word(relation, outward ? 1 : 0));
    }
    return [...made.values()];
  };

  // Layers by the longest path from the roots; order inside a layer by the mean of the neighbours; long lines bend around boxes.
  const WIDTH = 212, HEIGHT = 40;
  const layout = (found, drawn) => {
    const place = new Map(found.nodes.map((node, at) => [node, at]));
    const boxes = found.nodes.map((node) => ({ node, layer: 0, small: false }));
    const pairs = [...new Map(drawn.map(({ a, b }) => {
      const [u, v] = [place.get(a), place.get(b)].sort((x, y) => x - y);
      return [`${u} ${v}`, [u, v]];
    })).values()].sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    for (const [u, v] of pairs) boxes[v].layer = Math.max(boxes[v].layer, boxes[u].layer + 1);
    const links = [];
    const chains = new Map();
    for (const [u, v] of pairs) {
      const chain = [boxes[u]];
      for (let layer = boxes[u].layer + 1; layer < boxes[v].layer; layer++) {
        boxes.push({ node: -1, layer, small: true });
        chain.push(boxes.at(-1));
      }
      chain.push(boxes[v]);
      chains.set(`${u} ${v}`, chain);
      for (let at = 1; at < chain.length; at++) links.push([chain[at - 1], chain[at]]);
    }
    for (const [node, count] of found.more) {
      const box = { node: -1, layer: boxes[place.get(node)].layer + 1, small: false, more: count, of: node };
      boxes.push(box);
      links.push([boxes[place.get(node)], box]);
    }
    for (const box of boxes) box.near = [[], []];
    for (const [u, v] of links) { u.near[1].push(v); v.near[0].push(u); }
    const layers = [];
    for (const box of boxes) (layers[box.layer] ??= []).push(box);
    const number = (layer) => layer.forEach((box, at) => { box.at = at; });
    layers.forEach(number);
    const mean = (list, field) => list.reduce((sum, box) => sum + box[field], 0) / list.length;
    for (let turn = 0; turn < 7; turn++) {
      const way = turn % 2;
      for (const layer of way ? [...layers].reverse() : layers) {
        for (const box of layer) box.key = box.near[way].length ? mean(box.near[way], "at") : box.at;
        layer.sort((x, y) => x.key - y.key || (x.more ? 1 : 0) - (y.more ? 1 : 0) || x.at - y.at);
        number(layer);
      }
    }
    const upright = state.direction === "TB" || state.direction === "BT";
    const across = upright ? WIDTH : HEIGHT, along = upright ? HEIGHT : WIDTH, gap = upright ? 20 : 12;
    const step = along + (upright ? 72 : 112);
    const room = (box) => (box.small ? 6 : across);
    for (const layer of layers) layer.forEach((box, at) => { box.cross = (at - layer.length / 2) * (across + gap); });
    for (let turn = 0; turn < 12; turn++) {
      for (const layer of turn % 2 ? [...layers].reverse() : layers) {
        const near = (box) => [...box.near[0], ...box.near[1]];
        const aim = layer.map((box) => (near(box).length ? mean(near(box), "cross") : box.cross));
        const low = [], high = [];
        layer.forEach((box, at) => { low[at] = at ? Math.max(aim[at], low[at - 1] + (room(layer[at - 1]) + room(box)) / 2 + gap) : aim[at]; });
        for (let at = layer.length - 1; at >= 0; at--) high[at] = at < layer.length - 1 ? Math.min(aim[at], high[at + 1] - (room(layer[at + 1]) + room(layer[at])) / 2 - gap) : aim[at];
        layer.forEach((box, at) => { box.cross = (low[at] + high[at]) / 2; });
      }
    }
    const least = Math.min(...boxes.map((box) => box.cross - room(box) / 2));
    const length = (layers.length - 1) * step + along, width = Math.max(...boxes.map((box) => box.cross + room(box) / 2)) - least;
    for (const box of boxes) {
      const a = box.layer * step, c = box.cross - least - across / 2;
      const turned = { LR: [a, c], RL: [length - along - a, c], TB: [c, a], BT: [c, length - along - a] }[state.direction];
      [box.x, box.y] = turned.map(Math.round);
    }
    return { boxes, chains, place, width: Math.ceil(upright ? width : length), height: Math.ceil(upright ? length : width), upright };
  };
  const ends = (box, plan, after) => {
    // Where a line enters or leaves a box, along the direction of the layers; a bend is a point in the middle.
    const forwards = state.direction === "LR" || state.direction === "TB" ? after : !after;
    if (plan.upright) return [box.x + WIDTH / 2, box.small ? box.y + HEIGHT / 2 : box.y + (forwards ? HEIGHT : 0)];
    return [box.small ? box.x + WIDTH / 2 : box.x + (forwards ? WIDTH : 0), box.y + HEIGHT / 2];
  };
  const path = (chain, plan) => {
    let line = "";
    for (let at = 1; at < chain.length; at++) {
      const [x1, y1] = ends(chain[at - 1], plan, true), [x2, y2] = ends(chain[at], plan, false);
      const mx = Math.round((x1 + x2) / 2), my = Math.round((y1 + y2) / 2);
      if (at === 1) line = `M${x1} ${y1}`;
      if (state.curve === "curveStepBefore") line += plan.upright ? `V${my}H${x2}V${y2}` : `H${mx}V${y2}H${x2}`;
      else line += plan.upright ? `C${x1} ${my} ${x2} ${my} ${x2} ${y2}` : `C${mx} ${y1} ${mx} ${y2} ${x2} ${y2}`;
    }
    return line;
  };

  const pen = document.createElement("canvas").getContext("2d");
  const fitted = (text, font, room) => {
    pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    if (pen.measureText(text).width <= room) return text;
    let end = text.length;
    while (end && pen.measureText(text.slice(0, end).trimEnd() + "…").width > room) end--;
    return text.slice(0, end).trimEnd() + "…";
  };
  const LABELLED = 45;
  const picture = (data, found, drawn) => {
    const plan = layout(found, drawn);
    const svg = draw("svg", { class: "catalog-picture", role: "group", "aria-label": `${plural(found.nodes.length, "entity", "entities")} and ${plural(drawn.length, "relation", "relations")}`, viewBox: `-8 -8 ${plan.width + 16} ${plan.height + 16}` });
    const marker = (id, tip, at) => draw("marker", { id, viewBox: "0 0 8 8", refX: at, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" }, draw("path", { d: tip }));
    svg.append(draw("defs", {}, marker("graph-end", "M1 1 7 4 1 7Z", 7)));
    const texts = [], named = new Set();
    for (const line of drawn) {
      const [u, v] = [plan.place.get(line.a), plan.place.get(line.b)], back = u > v;
      const chain = plan.chains.get(back ? `${v} ${u}` : `${u} ${v}`);
      const edge = draw("path", { class: "edge", d: path(chain, plan) });
      if (!back || line.both) edge.setAttribute("marker-end", "url(#graph-end)");
      if (back || line.both) edge.setAttribute("marker-start", "url(#graph-end)");
      edge.append(draw("title", {}, `${data.titles[line.a]}: ${line.words.join(", ")} ${data.titles[line.b]}`));
      svg.append(edge);
      if (drawn.length > LABELLED) continue;
      // At the box that the line leads to, where lines are apart; the second and later ones at the middle of their line.
      const last = chain.at(-1), [x1, y1] = ends(chain.at(-2), plan, true), [x2, y2] = ends(last, plan, false), taken = named.has(last);
      named.add(last);
      const side = { LR: ["end", -12, -5], RL: ["start", 12, -5], TB: ["start", 6, -12], BT: ["start", 6, 18] }[state.direction];
      const [anchor, x, y] = taken ? ["middle", (x1 + x2) / 2, (y1 + y2) / 2 + 4] : [side[0], x2 + side[1], y2 + side[2]];
      texts.push(draw("text", { class: "relation", "text-anchor": anchor, x: Math.round(x), y: Math.round(y) }, fitted(line.words.join(", "), "11px", plan.upright ? 150 : 92)));
    }
    for (const box of plan.boxes) {
      if (box.more) svg.append(draw("path", { class: "edge cross", d: path([plan.boxes[plan.place.get(box.of)], box], plan) }));
    }
    svg.append(...texts);
    for (const box of plan.boxes) if (!box.small) svg.append(box.more ? rest(data, box) : box_of(data, found, box));
    return { svg, width: plan.width + 16, height: plan.height + 16, at: plan.boxes[0] };
  };
  const rest = (data, box) => {
    const link = draw("a", { class: "node rest", href: data.href(box.of) || "#", transform: `translate(${box.x} ${box.y})` });
    link.append(draw("title", {}, `${plural(box.more, "more neighbour", "more neighbours")} of ${data.titles[box.of]}`), draw("rect", { width: WIDTH, height: HEIGHT, rx: 6 }), draw("text", { class: "more", x: 14, y: 24 }, `+${figure(box.more)} more`));
    return link;
  };
  const box_of = (data, found, box) => {
    const { node } = box, root = found.roots.includes(node), title = data.titles[node];
    const href = root ? data.href(node) : node < data.size ? address({ ...state, roots: [data.refs[node]] }) : "";
    const tag = draw(href ? "a" : "g", { class: root ? "node own" : node < data.size ? "node" : "node gone", transform: `translate(${box.x} ${box.y})`, ...(href && { href }) });
    const what = root ? "open its page" : "go on from here; with Shift, open its page";
    tag.append(
      draw("title", {}, href ? `${title}: ${what}` : `${title}: missing`),
      draw("rect", { width: WIDTH, height: HEIGHT, rx: 6 }),
      draw("text", { class: "glyph", x: 18, y: 25, "aria-hidden": "true" }, (data.kindOf(node)[0] || "?").toUpperCase()),
      draw("text", { class: "name", x: 34, y: 17 }, fitted(title, "550 13px", WIDTH - 44)),
      draw("text", { class: "sort", x: 34, y: 32 }, data.kindTitle(node)),
    );
    tag.dataset.node = node;
    return tag;
  };

  // The same as a list: what is drawn, line by line.
  const list = (data, found, drawn) => {
    const link = (node) => (data.href(node) ? make("a", { href: data.href(node), textContent: data.titles[node] }) : make("span", { className: "missing", textContent: data.titles[node] + " " }, make("small", { textContent: "missing" })));
    const head = ["Entity", "Relation", "Entity", "Kind"].map((title) => make("th", { scope: "col", textContent: title }));
    const rows = drawn.map((line) => make("tr", {}, make("th", { scope: "row" }, link(line.a)), make("td", { textContent: line.words.join(", ") }), make("td", {}, link(line.b)), make("td", { textContent: data.kindTitle(line.b) })));
    const table = make("table", { className: "table brief" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
    return make("details", { open: true, className: "graph-list" }, make("summary", {}, make("h2", { textContent: "The same as a list" })), make("div", { className: "scroll fits" }, table));
  };

  // Zoom changes the size of the picture; panning is scrolling, by keys, wheel, touch or by pulling the picture.
  let scale = 1, shown = null;
  const zoom = (to) => {
    if (!shown) return;
    const box = stage.getBoundingClientRect(), before = scale;
    const middle = [(stage.scrollLeft + box.width / 2) / before, (stage.scrollTop + box.height / 2) / before];
    scale = Math.min(2.5, Math.max(0.25, to));
    shown.svg.setAttribute("width", Math.round(shown.width * scale));
    shown.svg.setAttribute("height", Math.round(shown.height * scale));
    stage.scrollTo(middle[0] * scale - box.width / 2, middle[1] * scale - box.height / 2);
  };
  const fit = () => {
    zoom(Math.min(1, Math.max(0.65, Math.min((stage.clientWidth - 32) / shown.width, (innerHeight * 0.72) / shown.height))));
    const { at } = shown;
    stage.scrollTo((at.x + WIDTH / 2) * scale - stage.clientWidth / (state.direction === "LR" ? 4 : state.direction === "RL" ? 4 / 3 : 2), (at.y + HEIGHT / 2) * scale - stage.clientHeight / 2);
  };
  stage.tabIndex = 0;
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", "Drawing; arrow keys move it, + and - change its size");
  stage.addEventListener("keydown", (event) => {
    const to = { "+": scale * 1.25, "=": scale * 1.25, "-": scale / 1.25, 0: 1 }[event.key];
    if (to && !event.ctrlKey && !event.metaKey) { event.preventDefault(); zoom(to); }
  });
  stage.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType === "touch" || event.target.closest("a")) return;
    const start = [event.clientX + stage.scrollLeft, event.clientY + stage.scrollTop];
    const move = (moved) => stage.scrollTo(start[0] - moved.clientX, start[1] - moved.clientY);
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", () => stage.removeEventListener("pointermove", move), { once: true });
  });

  // The controls.
  const input = form.querySelector("input"), field = input.closest(".graph-find");
  const options = make("datalist", { id: "graph-entities" });
  const roots = make("ul", { className: "explore-chips" });
  const said = page.querySelector("[data-said]");
  input.setAttribute("list", options.id);
  roots.setAttribute("aria-label", "Roots");
  const suggest = async () => {
    const data = await load(), word = input.value.trim().toLowerCase();
    const found = [];
    for (let row = 0; word && row < data.size && found.length < 20; row++) {
      if (data.titles[row].toLowerCase().includes(word) || data.refs[row].includes(word)) found.push(make("option", { value: data.refs[row], label: data.titles[row] }));
    }
    options.replaceChildren(...found);
  };
  const choose = async () => {
    const data = await load(), word = input.value.trim().toLowerCase();
    if (!word) return;
    let row = data.rowOf.get(word);
    if (row === undefined) row = data.titles.findIndex((title) => title.toLowerCase() === word);
    if (row < 0) row = data.titles.findIndex((title, at) => title.toLowerCase().includes(word) || data.refs[at].includes(word));
    if (row < 0) { said.textContent = "No entity has that name."; return; }
    input.value = "";
    apply({ roots: [...new Set([...state.roots, data.refs[row]])] });
  };
  input.addEventListener("input", (event) => {
    const picked = !event.inputType || event.inputType === "insertReplacementText";
    (picked ? choose : suggest)().catch(failed);
  });
  input.addEventListener("focus", () => { load().catch(failed); });
  form.addEventListener("submit", (event) => { event.preventDefault(); choose().catch(failed); });
  const select = (words, choices, get, set) => {
    const box = make("select", {}, ...choices.map(([value, text]) => make("option", { value, textContent: text })));
    box.addEventListener("change", () => apply(set(box.value)));
    return { node: make("label", {}, words, box), show: () => { box.value = get(); } };
  };
  const check = (words, name) => {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => apply({ [name]: box.checked }));
    return { node: make("label", {}, box, words), show: () => { box.checked = state[name]; } };
  };
  const several = (words, name, choices) => {
    const boxes = choices.map(([value, text]) => {
      const box = make("input", { type: "checkbox", value });
      box.addEventListener("change", () => apply({ [name]: boxes.filter((one) => one.checked).map((one) => one.value) }));
      return Object.assign(box, { words: text });
    });
    const summary = make("summary", { className: "button" });
    const node = make("details", {}, summary, make("div", {}, ...boxes.map((box) => make("label", {}, box, box.words))));
    return { node, show: () => {
      for (const box of boxes) box.checked = state[name].includes(box.value);
      summary.textContent = state[name].length ? `${words}: ${state[name].length}` : `All ${words.toLowerCase()}`;
    } };
  };
  const press = (words, title, act) => {
    const button = make("button", { type: "button", className: "button", textContent: words, title });
    button.setAttribute("aria-label", title);
    button.addEventListener("click", act);
    return button;
  };
  const controls = [
    select("Hops", [["1", "1"], ["2", "2"], ["3", "3"], ["4", "4"], ["∞", "all"]], () => (state.depth === Infinity || state.depth > 4 ? "∞" : String(state.depth)), (value) => ({ depth: value === "∞" ? Infinity : Number(value) })),
    select("Direction", Object.entries(DIRECTIONS), () => state.direction, (direction) => ({ direction })),
    select("Lines", Object.entries(CURVES), () => state.curve, (curve) => ({ curve })),
    check("One way", "unidirectional"),
    check("Merged", "merge"),
  ];
  const zooms = make("div", { className: "graph-zoom", hidden: true }, press("−", "Smaller", () => zoom(scale / 1.25)), press("+", "Larger", () => zoom(scale * 1.25)), press("Fit", "Fit the window", () => fit()));
  const tools = make("div", { className: "graph-tools" }, ...controls.map((one) => one.node));
  field.append(options, roots);
  field.after(tools);
  said.after(zooms);
  let extra = false;
  const addFilters = (data) => {
    if (extra) return;
    extra = true;
    const kinds = several("Kinds", "kinds", data.kinds.map((kind) => [kind.name, kind.plural]));
    const relations = several("Relations", "relations", data.relations.map((one) => [one.type, one.reverse ? `${one.title} / ${one.reverseTitle}` : one.title]));
    controls.push(kinds, relations);
    tools.append(kinds.node, relations.node);
  };

  const failed = () => { said.textContent = "The graph could not be loaded. Each entity's own page shows what is around it."; };
  const show = async () => {
    for (const one of controls) one.show();
    if (!state.roots.length) {
      said.textContent = "Type the name of an entity, or begin with a system below.";
      roots.replaceChildren();
      stage.hidden = zooms.hidden = true;
      listing.replaceChildren();
      return;
    }
    const data = await load();
    addFilters(data);
    // A pair of relations is one line: either of its types selects it.
    const forward = new Map(data.relations.map((one) => [one.reverse, one.type]));
    state.relations = [...new Set(state.relations.map((type) => forward.get(type) ?? type))];
    for (const one of controls) one.show();
    roots.replaceChildren(...state.roots.map((ref) => {
      const row = data.rowOf.get(ref);
      const button = make("button", { type: "button", className: "explore-chip", title: "Remove this root", textContent: row === undefined ? `${ref} (missing)` : data.titles[row] });
      button.addEventListener("click", () => apply({ roots: state.roots.filter((one) => one !== ref) }));
      return make("li", {}, button);
    }));
    const found = around(data), drawn = lines(data, found);
    stage.hidden = zooms.hidden = !found.nodes.length;
    const left = found.left ? `; ${figure(found.left)} more are left out` : "";
    said.textContent = found.nodes.length ? `${plural(found.nodes.length, "entity", "entities")}, ${plural(drawn.length, "relation", "relations")}${left}` : "No such entity.";
    listing.replaceChildren();
    if (!found.nodes.length) return;
    shown = picture(data, found, drawn);
    stage.replaceChildren(shown.svg);
    fit();
    if (drawn.length) listing.append(list(data, found, drawn));
  };
  const apply = (change) => {
    const moved = "roots" in change;
    state = { ...state, ...change };
    history[moved ? "pushState" : "replaceState"](null, "", address(state));
    show().catch(failed);
  };
  stage.addEventListener("click", async (event) => {
    const node = event.target.closest("a[data-node]");
    if (!node || event.ctrlKey || event.metaKey) return;
    const data = await load(), row = Number(node.dataset.node);
    if (state.roots.includes(data.refs[row])) return;
    if (event.shiftKey) location.href = data.href(row);
    else { apply({ roots: [data.refs[row]] }); stage.focus({ preventScroll: true }); }
  });
  stage.addEventListener("click", (event) => {
    const node = event.target.closest("a[data-node]");
    if (node && !node.classList.contains("own") && !event.ctrlKey && !event.metaKey) event.preventDefault();
  }, true);
  for (const link of document.querySelectorAll("[data-root]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      apply({ roots: [link.dataset.root] });
      scrollTo({ top: 0 });
    });
  }
  addEventListener("popstate", () => { state = read(); show().catch(failed); });
  page.dataset.ready = "";
  page.removeAttribute("aria-busy");
  if (page.dataset.wanted) apply({ roots: [page.dataset.wanted] });
  else show().catch(failed);
  if (input.value) suggest().catch(failed);
})();
