// What a client of another protocol sends to get a reply: the messages that it shows, and not what the server has stored.

/** A message as a client shows it. */
export interface ShownMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  /** Well-formed Unicode without U+0000, as it is stored. */
  readonly text: string;
}

/** A request for a reply to the last of the messages that a client shows. */
export interface ShownBranch {
  readonly sessionId: string;
  /** `regenerate`: another reply to a message that has one. */
  readonly trigger: 'submit' | 'regenerate';
  /** Oldest first. May be only the last one; with `regenerate`, also none. */
  readonly messages: readonly ShownMessage[];
  /** The message that is edited, or the reply that is regenerated. */
  readonly messageId: string | undefined;
  /** The further fields of the chat request, not validated. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Returns the fields of a chat request that such a client may add: not those that place the message in its conversation. */
export function addedFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const {
    message,
    messageId,
    sessionId,
    history,
    parentId,
    replyId,
    regenerate,
    continue: continued,
    ...added
  } = fields;
  return added;
}

/** Returns a text in the form in which it is stored. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
