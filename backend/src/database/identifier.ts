// Identifiers from outside: of users, conversations, organizations.

/** Whether a value is a valid identifier: a non-empty string without lone surrogates and U+0000. A database replaces these,
 *  so that two different identifiers could become equal. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('\0');
}
