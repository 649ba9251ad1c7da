// Runs before the first paint: the reader's theme and density, if this browser remembers them.
(function (root) {
  try {
    var theme = localStorage.getItem("callboard.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (localStorage.getItem("callboard.rows") === "roomy") root.dataset.rows = "roomy";
  } catch (error) {
    // Storage is closed (private window, file: address): the system's theme stays.
  }
})(document.documentElement);
