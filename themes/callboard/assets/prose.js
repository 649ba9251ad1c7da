// Pages with a text: copy buttons, the heading that is read, the age of the text. Every page is complete without it.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, props) => Object.assign(document.createElement(tag), props);

  // Code: copy. What comes of it is said aloud.
  const said = document.querySelector(".said") || document.body.appendChild(make("p", { className: "said", role: "status" }));
  if (navigator.clipboard) all(".code").forEach((figure) => {
    const name = figure.querySelector("figcaption")?.textContent.trim();
    const label = "Copy " + (name || "this code");
    const button = make("button", { type: "button", className: "copy", textContent: "Copy", ariaLabel: label });
    const show = (text, words) => {
      button.textContent = text;
      said.textContent = words;
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    };
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(figure.querySelector("code").textContent);
        show("Copied", "Code copied");
      } catch {
        show("Press Ctrl+C", "The browser does not let pages copy here");
      }
    });
    figure.append(button);
  });

  // On this page: the heading being read is the last one above the upper third of the window; at the end of the page, the last.
  const links = all(".toc a");
  const heads = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1)))).filter(Boolean);
  if (heads.length && heads.length === links.length) {
    const box = links[0].closest(".toc");
    let waiting = 0;
    const spy = () => {
      waiting = 0;
      const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
      let at = heads.findLastIndex((head) => head.getBoundingClientRect().top < (end ? innerHeight : innerHeight / 3));
      const aimed = heads.findIndex((head) => "#" + encodeURIComponent(head.id) === location.hash || "#" + head.id === location.hash);
      const top = aimed < 0 ? -1 : heads[aimed].getBoundingClientRect().top;
      if (top >= 0 && top < innerHeight) at = aimed;
      links.forEach((link, index) => index === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
      if (at >= 0) {
        const mark = links[at];
        const low = mark.offsetTop + mark.offsetHeight - box.clientHeight;
        if (box.scrollTop < low || box.scrollTop > mark.offsetTop) box.scrollTop = mark.offsetTop - box.clientHeight / 2;
      }
    };
    const soon = () => { waiting ||= requestAnimationFrame(spy); };
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    addEventListener("hashchange", soon);
    spy();
  }

  // A text that nobody has changed for long says so: its reader's clock knows, the build does not.
  all("[data-old]").forEach((note) => {
    const days = (Date.now() - new Date(note.dataset.changed)) / 864e5;
    note.hidden = !(days > Number(note.dataset.old));
  });

  // The tree of the documents: the page itself is in sight.
  const here = document.querySelector(".rail .tree [aria-current]");
  const rail = here?.closest(".rail");
  if (rail && here.offsetTop > rail.clientHeight - 80) rail.scrollTop = here.offsetTop - rail.clientHeight / 2;
})();
