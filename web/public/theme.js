// Runs before the first paint, so that a chosen theme never flashes the other one. A file, since the page's policy forbids inline scripts.
try {
  const theme = localStorage.getItem('illm.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's theme counts.
}
