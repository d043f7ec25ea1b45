// Texts that name something: a user, a conversation, an organization.

/** Whether a value names exactly one thing in every store. A store replaces lone surrogates and U+0000, so that two
 *  different identifiers with them could become the same one. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('\0');
}
