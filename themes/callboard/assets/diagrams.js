// Draws Mermaid's diagrams when they come into sight. The text stays where that fails, and without this script.
//
// Mermaid writes style elements and style attributes, which the pages' policy forbids. While it draws, both are said in ways that the
// policy knows (CSSOM); the finished drawing becomes a picture, in which nothing can run and no other host can be asked.
(function () {
  "use strict";
  var MERMAID = document.currentScript.dataset.mermaid;
  var SVG = "http://www.w3.org/2000/svg";
  // What the text of a diagram may not choose: above all looks that fit neither light nor dark, and HTML.
  var SECURE = [
    "secure", "securityLevel", "startOnLoad", "suppressErrorRendering", "deterministicIds", "maxTextSize", "maxEdges", "htmlLabels",
    "textPlacement", "theme", "themeVariables", "themeCSS", "fontFamily", "altFontFamily", "dompurifyConfig",
  ];
  var figures = Array.prototype.slice.call(document.querySelectorAll('figure[data-diagram="mermaid"]'));
  var seen = [];
  var loading = null;
  var work = Promise.resolve();

  function load() {
    loading =
      loading ||
      new Promise(function (resolve, reject) {
        var script = document.createElement("script");
        script.src = MERMAID;
        script.onload = resolve;
        script.onerror = function () {
          reject(new Error("Mermaid could not be loaded"));
        };
        document.head.append(script);
      });
    return loading;
  }

  // No address but those inside of the drawing.
  function harmless(css) {
    return String(css).replace(/url\((?!\s*["']?#)[^)]*\)?|@import[^;]*;?/gi, "none");
  }

  // Style attributes under a name that the policy does not look at, and handlers of events under one that nobody does.
  function renamed(text) {
    return String(text).replace(/<[a-zA-Z][^<>]*>/g, function (tag) {
      return tag.replace(/([\s"'])style\s*=\s*(?=["'])/gi, "$1data-css=").replace(/([\s"'/])on\w+\s*=/gi, "$1data-off=");
    });
  }

  // What Mermaid may not write is written otherwise, until `restore` is called.
  function patched() {
    var create = document.createElement;
    var createNS = document.createElementNS;
    var set = Element.prototype.setAttribute;
    var insert = Node.prototype.insertBefore;
    var append = Node.prototype.appendChild;
    var sheets = Array.from(document.adoptedStyleSheets);
    var parse = DOMParser.prototype.parseFromString;
    var inner = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");

    function stand() {
      var element = createNS.call(document, SVG, "desc");
      set.call(element, "data-style", "");
      return element;
    }
    function adopt(node) {
      if (node && node.nodeType === 1 && node.hasAttribute("data-style") && node.textContent) {
        var sheet = new CSSStyleSheet();
        sheet.replaceSync(harmless(node.textContent));
        document.adoptedStyleSheets = document.adoptedStyleSheets.concat(sheet);
      }
      return node;
    }
    document.createElement = function (name, options) {
      return String(name).toLowerCase() === "style" ? stand() : create.call(document, name, options);
    };
    document.createElementNS = function (space, name) {
      return name === "style" ? stand() : createNS.call(document, space, name);
    };
    Element.prototype.setAttribute = function (name, value) {
      if (name === "style" && this.style) this.style.cssText = harmless(value);
      else set.call(this, name, value);
    };
    Node.prototype.insertBefore = function (node, before) {
      return adopt(insert.call(this, node, before));
    };
    Node.prototype.appendChild = function (node) {
      return adopt(append.call(this, node));
    };
    DOMParser.prototype.parseFromString = function (text, type) {
      return parse.call(this, renamed(text), type);
    };
    Object.defineProperty(Element.prototype, "innerHTML", {
      configurable: true,
      enumerable: inner.enumerable,
      get: inner.get,
      set: function (text) {
        inner.set.call(this, renamed(text));
        this.querySelectorAll("[data-css]").forEach(function (element) {
          element.style.cssText = harmless(element.getAttribute("data-css"));
          element.removeAttribute("data-css");
        });
      },
    });
    return function restore() {
      DOMParser.prototype.parseFromString = parse;
      Object.defineProperty(Element.prototype, "innerHTML", inner);
      document.createElement = create;
      document.createElementNS = createNS;
      Element.prototype.setAttribute = set;
      Node.prototype.insertBefore = insert;
      Node.prototype.appendChild = append;
      document.adoptedStyleSheets = sheets;
    };
  }

  function configure() {
    window.mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      htmlLabels: false,
      flowchart: { htmlLabels: false },
      journey: { textPlacement: "tspan" },
      secure: SECURE,
      suppressErrorRendering: true,
      deterministicIds: true,
      maxTextSize: 20000,
      maxEdges: 500,
      theme: dark() ? "dark" : "default",
      fontFamily: "system-ui, sans-serif",
    });
  }

  function dark() {
    var said = document.documentElement.dataset.theme;
    return said ? said === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function picture(svg) {
    var found = new DOMParser().parseFromString(renamed(svg), "text/html").querySelector("svg");
    var box = (found.getAttribute("viewBox") || "0 0 600 400").split(/[\s,]+/).map(Number);
    var image = document.createElement("img");
    image.width = Math.ceil(box[2]);
    image.height = Math.ceil(box[3]);
    found.setAttribute("width", image.width);
    found.setAttribute("height", image.height);
    var text = new XMLSerializer()
      .serializeToString(found)
      .replace(/<desc data-style="">([\s\S]*?)<\/desc>/g, function (_, css) {
        return "<style>" + harmless(css) + "</style>";
      })
      .replace(/ data-css="/g, ' style="');
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
    return image;
  }

  function show(figure, svg, source) {
    var image = picture(svg);
    var title = /<title[^>]*>([^<]+)<\/title>/.exec(svg);
    image.alt = title ? title[1] : "Diagram; its text follows";
    var before = figure.querySelector("img");
    if (before) {
      before.replaceWith(image);
      return;
    }
    var details = document.createElement("details");
    var summary = document.createElement("summary");
    summary.textContent = "Text of the diagram";
    details.append(summary);
    source.replaceWith(image, details);
    details.append(source);
  }

  function draw(figure, number) {
    var source = figure.querySelector("pre");
    work = work
      .then(load)
      .then(function () {
        var restore = patched();
        configure();
        return window.mermaid
          .render("diagram-" + number, source.textContent)
          .then(function (made) {
            restore();
            show(figure, made.svg, source);
            figure.dataset.drawn = "";
          })
          .catch(function (error) {
            restore();
            fail(figure, error);
          });
      })
      .catch(function (error) {
        fail(figure, error);
      });
  }

  function fail(figure, error) {
    var left = document.getElementById("ddiagram-" + figures.indexOf(figure));
    if (left) left.remove();
    if (figure.querySelector(".undrawn") || figure.dataset.drawn === "") return;
    var note = document.createElement("p");
    note.className = "undrawn";
    note.textContent = "This diagram could not be drawn: " + String((error && error.message) || error).split("\n")[0];
    figure.append(note);
  }

  function redraw() {
    seen.forEach(function (figure) {
      draw(figure, figures.indexOf(figure));
    });
  }

  if (!("IntersectionObserver" in window) || !("adoptedStyleSheets" in document)) return;
  var observer = new IntersectionObserver(
    function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        observer.unobserve(entry.target);
        seen.push(entry.target);
        draw(entry.target, figures.indexOf(entry.target));
      });
    },
    { rootMargin: "200px" },
  );
  figures.forEach(function (figure) {
    observer.observe(figure);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
