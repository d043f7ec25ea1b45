// Which conversation the address names: `/c/<sessionId>`, or none.

/** Reads the conversation out of a path. */
export function sessionIdIn(path: string): string | undefined {
  const match = /^\/c\/([^/]+)\/?$/.exec(path);
  if (match?.[1] === undefined) return undefined;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return undefined; // a torn escape: nobody's conversation
  }
}

/** Builds the path of a conversation. */
export function pathOf(sessionId: string): string {
  return `/c/${encodeURIComponent(sessionId)}`;
}
