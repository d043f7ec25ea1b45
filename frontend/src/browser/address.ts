// The conversation in the page's address: `/c/<sessionId>`, with `#<messageId>` to open it at a message; or none.

/** Parses the session id from a path; `undefined` if there is none. */
export function sessionIdIn(path: string): string | undefined {
  const match = /^\/c\/([^/]+)\/?$/.exec(path);
  return decoded(match?.[1]);
}

/** Parses the message id from a fragment; `undefined` if there is none, or if it is a token. */
export function messageIdIn(fragment: string): string | undefined {
  const id = fragment.replace(/^#/, '');
  return id === '' || id.startsWith('token=') ? undefined : decoded(id);
}

/** Builds the path of a conversation, or of a message in it. */
export function pathOf(sessionId: string, messageId?: string): string {
  const fragment = messageId === undefined ? '' : `#${encodeURIComponent(messageId)}`;
  return `/c/${encodeURIComponent(sessionId)}${fragment}`;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined; // malformed percent-encoding
  }
}
