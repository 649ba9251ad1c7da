// The reload script of `callboard serve`: reloads the page after each good build, shows the problems of a bad one.
(() => {
  "use strict";
  const own = new URL(document.currentScript.src).searchParams;
  const [counter, mine] = own.has("good") ? ["good", Number(own.get("good"))] : ["builds", Number(own.get("builds"))];
  let pause = 500;
  let box = null;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const hide = () => {
    if (box) box.remove();
    box = null;
  };

  const show = (problems) => {
    hide();
    if (!problems.length) return;
    if (!document.querySelector('link[href="/livereload.css"]')) {
      const looks = document.createElement("link");
      looks.rel = "stylesheet";
      looks.href = "/livereload.css";
      document.head.append(looks);
    }
    box = element("section", "", "callboard-problems");
    box.setAttribute("role", "alert");
    const close = element("button", "Hide");
    close.type = "button";
    close.addEventListener("click", hide);
    const list = document.createElement("ul");
    for (const problem of problems) list.append(element("li", problem.text, `callboard-${problem.severity}`));
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    box.append(element("h2", `${count}; this page is as it last was good.`), close, list);
    document.body.append(box);
  };

  const hear = (message) => {
    if (message.command === "hello") return { command: "info", url: location.href };
    if (message.command === "reload") location.reload();
    if (message.command === "callboard") {
      pause = 500;
      if (message[counter] !== mine) location.reload();
      else if (counter === "good") show(message.problems);
    }
    return null;
  };

  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}/livereload`);
    const send = (message) => socket.send(JSON.stringify(message));
    socket.addEventListener("open", () => send({ command: "hello", protocols: ["http://livereload.com/protocols/official-7"] }));
    socket.addEventListener("message", (event) => {
      const answer = hear(JSON.parse(event.data));
      if (answer) send(answer);
    });
    socket.addEventListener("close", () => {
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, 5000);
    });
  };

  connect();
})();
