const SOUND = /^(?!\.{1,2}$)[A-Za-z0-9._~@+:,-]{1,200}$/;
const NEVER = /^(set-cookie2?|access-control-.*|location|content-length|content-encoding|transfer-encoding|connection)$/;

function refused(status, message) {
  const names = { 400: "InputError", 403: "NotAllowedError", 404: "NotFoundError", 413: "InputError" };
  const error = { name: names[status] || "ResponseError", message };
  return Response.json({ error, response: { statusCode: status } }, { status, headers: guarded({ "Cache-Control": "no-store" }) });
}

function guarded(headers) {
  return { ...headers, "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin" };
}

// A text of the rules with the variables' values; undefined if one is not set.
function filled(text, variable, parts = {}) {
  let whole = true;
  const made = text.map((one) => {
    if (typeof one === "string") return one;
    const value = "part" in one ? parts[one.part] : variable(one.variable);
    if (value === undefined) whole = false;
    return value;
  }).join("");
  return whole ? made : undefined;
}

// "..", a backslash or a control character in a path, however often it is encoded, means different things to different servers.
function sound(path) {
  for (let round = 0, now = path; round < 3; round++) {
    if (/(^|\/)\.{1,2}(;[^/]*)?(\/|$)|[\\\x00-\x1f\x7f]/.test(now)) return false;
    let next;
    try {
      next = decodeURIComponent(now);
    } catch {
      return false;
    }
    if (next === now) return true;
    now = next;
  }
  return false;
}

function matched(rule, path) {
  const given = path.split("/"), said = rule.path.split("/"), parts = {};
  if (given.length !== said.length) return null;
  for (let at = 0; at < said.length; at++) {
    if (!said[at].startsWith("{")) {
      if (said[at] !== given[at]) return null;
    } else if (SOUND.test(given[at])) parts[said[at].slice(1, -1)] = given[at];
    else return null;
  }
  return parts;
}

// The whole body, or undefined if it is larger than it may be.
async function body(message, most) {
  const chunks = [];
  let size = 0;
  for await (const chunk of message.body || []) {
    size += chunk.byteLength;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

async function live(rule, parts, request, url, variable) {
  const target = filled(rule.target, variable, parts);
  if (target === undefined) return refused(503, "This answer is not ready.");
  const address = new URL(target);
  for (const name of rule.query) if (url.searchParams.has(name)) address.searchParams.set(name, url.searchParams.get(name));
  const headers = { Accept: "application/json" };
  for (const [name, text] of Object.entries(rule.headers)) {
    const value = filled(text, variable);
    if (value !== undefined) headers[name] = value;
  }
  const asOf = new Date().toISOString().slice(0, 19) + "Z";
  const answer = await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(RULES.timeout), ...CACHED(rule.ttl) });
  const json = /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(answer.headers.get("content-type") || "");
  const bytes = answer.ok && json ? await body(answer, Math.min(RULES.answer, 1e7)) : undefined;
  if (bytes === undefined) return refused(502, "The service gave no answer.");
  const found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  const said = rule.values ? picked(rule.values, found, asOf) : found;
  return Response.json(said, { headers: guarded({ "Cache-Control": `public, max-age=${rule.ttl}` }) });
}

function picked(paths, found, asOf) {
  const values = {}, states = {};
  for (const [name, path] of Object.entries(paths)) {
    const value = path.reduce((inside, step) => {
      if (typeof step === "number") return Array.isArray(inside) ? inside.at(step) : null;
      return inside && typeof inside === "object" && Object.hasOwn(inside, step) ? inside[step] : null;
    }, found) ?? null;
    values[name] = value;
    const word = typeof value === "string" && value.toLowerCase().split(/[\s_-]+/).filter(Boolean).join(" ");
    if (word && Object.hasOwn(RULES.states, word)) states[name] = RULES.states[word];
  }
  return { values, states, asOf };
}

async function passed(rule, request, url, variable) {
  const path = url.pathname.slice(RULES.base.length - 1);
  let asked = path + url.search;
  for (const [pattern, replacement] of rule.rules) {
    if (!new RegExp(pattern).test(asked)) continue;
    asked = asked.replace(new RegExp(pattern), replacement);
    break;
  }
  const mark = asked.indexOf("?"), below = mark < 0 ? asked : asked.slice(0, mark), query = mark < 0 ? "" : asked.slice(mark);
  const joined = ("/" + (rule.whole ? rule.prefix : `${rule.prefix}/${below}`)).replace(/\/+/g, "/");
  if (!sound(joined)) return refused(400, "The address leads nowhere.");
  const headers = new Headers();
  for (const name of rule.sent) if (request.headers.has(name)) headers.set(name, request.headers.get(name));
  for (const [name, text] of Object.entries(rule.headers)) {
    const value = filled(text, variable);
    if (value === undefined) return refused(503, "This endpoint is not ready.");
    headers.set(name, value);
  }
  let sent;
  if (!["GET", "HEAD"].includes(request.method)) {
    sent = await body(request, RULES.request);
    if (sent === undefined) return refused(413, "The request is too large.");
  }
  const answer = await fetch(rule.origin + joined + (rule.whole ? "" : query), {
    method: request.method, headers, body: sent, redirect: "manual", signal: AbortSignal.timeout(rule.timeout),
  });
  const bytes = await body(answer, RULES.answer);
  if (bytes === undefined) return refused(502, "The service's answer is too large.");
  const given = guarded({ "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox" });
  for (const name of rule.returned) if (answer.headers.has(name) && !NEVER.test(name)) given[name] = answer.headers.get(name);
  if ("cache-control" in given) delete given["Cache-Control"];
  const empty = [101, 204, 205, 304].includes(answer.status);
  return new Response(empty ? null : bytes, { status: answer.status, headers: given });
}

// The answer for a request; undefined for one that is none of the rules' own.
async function answered(request, variable) {
  const url = new URL(request.url), origin = request.headers.get("origin");
  const here = RULES.live.map((rule) => [rule, matched(rule, url.pathname)]).filter(([, parts]) => parts)
    .sort(([, one], [, other]) => Object.keys(one).length - Object.keys(other).length)[0];
  const below = RULES.passed.filter((rule) => url.pathname === rule.path || url.pathname.startsWith(rule.path + "/"));
  if (!here && !below.length) return undefined;
  if (/^(cross-site|same-site)$/.test(request.headers.get("sec-fetch-site")) || (origin && origin !== url.origin)) {
    return refused(403, "Pages of other sites may not read live answers.");
  }
  const rule = here ? here[0] : below.find((one) => one.methods.includes(request.method));
  if (!rule || !rule.methods.includes(request.method)) return refused(404, "Not Found");
  if (!sound(url.pathname)) return refused(400, "The address leads nowhere.");
  try {
    return here ? await live(rule, here[1], request, url, variable) : await passed(rule, request, url, variable);
  } catch (error) {
    return refused(error.name === "TimeoutError" ? 504 : 502, "The service gave no answer.");
  }
}
