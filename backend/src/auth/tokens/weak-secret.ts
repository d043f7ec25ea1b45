// Detects secrets that can be guessed: examples, one repeated character, a keyboard row.
import { deflateRawSync } from 'node:zlib';

/** Words of examples and placeholders, which a random secret does not contain by chance. */
const placeholder =
  /(replace|change|put|insert)[-_ ]?(this|me|it|by|with)|your[-_ ]|example|placeholder|password|changeit|qwert|asdfg/i;

/** Minimum entropy of a secret, in bits; 16 random digits and 16 random letters together exceed it. */
const leastBits = 80;
/** Minimum compressed size of a secret, in bytes. */
const leastBytes = 20;

/** Whether a secret is easily guessed. An estimate: it detects patterns and cannot prove that a secret is random. */
export function isWeakSecret(secret: string): boolean {
  const units = [...secret].map((character) => character.codePointAt(0) ?? 0);
  const steps = units.map((unit, index) => unit - (units[index - 1] ?? 0)).slice(1);
  return (
    placeholder.test(secret) ||
    deflateRawSync(secret).length < leastBytes || // a short text that is repeated
    bitsOf(units) < leastBits || // few different characters
    bitsOf(steps) < leastBits // a sequence such as abcdef
  );
}

/** Estimates the Shannon entropy of a sequence, in bits. */
function bitsOf(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / values.length);
  return bits;
}
