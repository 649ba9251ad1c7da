// Runs before the first paint: the reader's theme and density, if this browser remembers them, and the banners that are not to be seen.
(function (root) {
  var dismissed = [];
  try {
    var theme = localStorage.getItem("callboard.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (localStorage.getItem("callboard.rows") === "roomy") root.dataset.rows = "roomy";
    dismissed = (localStorage.getItem("callboard.dismissed") || "").split(" ");
  } catch (error) {
    // Storage is closed (private window, file: address): the system's theme stays.
  }
  // Banners stand above the page: they are hidden or shown as they are parsed, so that nothing moves.
  new MutationObserver(function (changes, observer) {
    document.querySelectorAll("[data-banner]").forEach(function (banner) {
      var now = Date.now();
      var over = Date.parse(banner.dataset.until) <= now || Date.parse(banner.dataset.from) > now;
      banner.hidden = over || dismissed.indexOf(banner.dataset.banner) >= 0;
    });
    if (document.querySelector("main")) observer.disconnect();
  }).observe(root, { childList: true, subtree: true });
})(document.documentElement);
