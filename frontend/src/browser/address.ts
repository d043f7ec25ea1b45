// The conversation in the page's address: `/c/<sessionId>`, or none.

/** Parses the session id from a path; `undefined` if there is none. */
export function sessionIdIn(path: string): string | undefined {
  const match = /^\/c\/([^/]+)\/?$/.exec(path);
  if (match?.[1] === undefined) return undefined;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return undefined; // malformed percent-encoding
  }
}

/** Builds the path of a conversation. */
export function pathOf(sessionId: string): string {
  return `/c/${encodeURIComponent(sessionId)}`;
}
