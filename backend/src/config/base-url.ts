// The base URL of a provider, in any of the forms in which people know it.

/** Parses a base URL: either the full URL of the route, or a host without the `/v1` that most servers use. */
export function baseUrlOf(given: string): string {
  const url = new URL(given);
  let path = url.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  const base = path.replace(/\/chat\/completions$/, '');
  url.pathname = path === '' ? '/v1' : base;
  return String(url).replace(/\/$/, '');
}
