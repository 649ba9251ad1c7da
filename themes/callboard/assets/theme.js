// Runs before the first paint: the reader's theme and density, and which banners are seen.
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
  new MutationObserver(function (changes, observer) {
    document.querySelectorAll("[data-banner]").forEach(function (banner) {
      var data = banner.dataset, now = Date.now();
      banner.hidden = new Date(data.until) <= now || new Date(data.from) > now || dismissed.includes(data.banner);
    });
    if (document.querySelector("main")) observer.disconnect();
  }).observe(root, { childList: true, subtree: true });
})(document.documentElement);
