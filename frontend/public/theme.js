// Sets the chosen theme before the first paint, so that nothing flashes. Classic and blocking on purpose; see useTheme.ts.
try {
  const theme = localStorage.getItem('sillage.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to this page: the system's theme stands.
}
