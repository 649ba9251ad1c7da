// Live values: the build's stand until they come; a failure leaves them, and says so.
(() => {
  const answers = {}, nodes = document.querySelectorAll("[data-live]");
  const iso = (value) => new Date(value).toISOString();
  const put = (node, text) => {
    node.textContent = text;
    node.dispatchEvent(new Event("live"));
  };
  const get = async (address) => {
    let wait;
    try {
      const reply = await fetch(address, { signal: AbortSignal.timeout(5e3) });
      wait = /max-age=(\d+)/.exec(reply.headers.get("cache-control"))?.[1];
      if (reply.ok) return await reply.json();
    } finally {
      setTimeout(() => {
        delete answers[address];
        nodes.forEach(ask);
      }, Math.min(Math.max(wait || 60, 15), 3600) * 1e3);
    }
  };
  const say = (line) => {
    const off = line.nodes.some((node) => node.off), at = line.nodes.map((node) => node.at).sort()[0];
    const time = document.createElement("time");
    line.role = line.changed;
    line.changed = null;
    const first = at ? [off ? "as of " : "live, as of ", time] : line.was;
    const then = off ? "live value not available" + (at ? "" : "; shown is the build's") : at ? "" : "checking…";
    line.replaceChildren(...first, first[0] && then ? "; " : "", then);
    put(time, at);
  };
  const ask = async (node) => {
    const { line, spots, answer, dataset: { live } } = node;
    if (document.hidden || !node.seen || answer && answer === answers[live]) return;
    node.answer = answers[live] ||= get(live);
    say(line);
    try {
      const { values, states, asOf } = await node.answer;
      const texts = spots.map((spot) => {
        const value = values[spot.dataset.liveValue];
        if (!/^[snb]/.test(typeof value)) throw 0;
        return spot.dateTime == null ? String(value).slice(0, 200) : iso(value);
      });
      node.at = iso(asOf);
      spots.forEach((spot, index) => {
        const was = spot.textContent;
        put(spot, texts[index]);
        if (was !== spot.textContent) line.changed = "status";
        if (spot.matches(".state")) spot.className = "state " + /^\w*/.exec(states?.[spot.dataset.liveValue]);
      });
      node.off = 0;
    } catch {
      node.off = 1;
    }
    node.toggleAttribute("data-live-on", !node.off);
    clearTimeout(line.timer);
    line.timer = setTimeout(say, 0, line);
  };
  const watch = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    target.seen = isIntersecting;
    ask(target);
  }));
  nodes.forEach((node) => {
    const line = node.line = node.closest(":has([data-live-time])")?.querySelector("[data-live-time]");
    if (!line) return;
    line.was ||= [...line.childNodes];
    (line.nodes ||= []).push(node);
    node.spots = [...node.querySelectorAll("[data-live-value]")];
    watch.observe(node);
  });
  addEventListener("visibilitychange", () => nodes.forEach(ask));
})();
