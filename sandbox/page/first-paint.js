// A classic script on purpose: it runs before the first paint, so that a chosen theme never flashes.
try {
  const chosen = localStorage.getItem("sandbox.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is closed to us: the system's theme stays.
}
