// Formats a provider's text as a log line, without keys in any encoding and without parts that repeat the messages.
import { findEchoes, lettersOf, windowsOf } from './echoes.ts';

/** Maximum length processed of a provider's text, and maximum length of a log line, in UTF-16 units. */
const readLength = 8_192;
const lineLength = 500;
/** Number of consecutive letters and digits of a key that must not be logged. */
const keyWindow = 16;
const shortestKey = 4;

/** Contents that must not be logged. */
export interface Redacted {
  /** Keys, tokens and passwords. */
  readonly secrets: readonly string[];
  /** Texts sent to the provider. */
  readonly messages: readonly string[];
}

/** Resolves with one line of at most 500 UTF-16 units: no control characters, no secret in any encoding, nothing of
 *  the messages. */
export async function logLine(said: string, { secrets, messages }: Redacted): Promise<string> {
  const decoded = decode(withoutControls(said.slice(0, readLength)));
  const plain = withoutControls(decoded.normalize('NFKC'));
  const spoken = await cutEchoes(cutSecrets(plain, secrets), messages);
  const line = spoken.replace(/\s+/g, ' ').trim();
  return line.length <= lineLength ? line : `${line.slice(0, lineLength - 1).toWellFormed()}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is meant
const terminalEscape = /\x1B\[[0-9;?]{0,32}[A-Za-z]/g;

/** Removes terminal escapes and invisible characters, and replaces other control characters by spaces. */
function withoutControls(text: string): string {
  return text
    .replace(terminalEscape, '')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

const escapes =
  /\\u\{([0-9a-f]{1,6})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x([0-9a-f]{1,6});|&#(\d{1,7});|\\(["'/\\])|\\([nrtbf])/gi;

/** Decodes the escapes of JSON, URLs and HTML, including nested ones. */
function decode(text: string): string {
  let decoded = text;
  for (let i = 0; i < 4; i++) {
    const next = decoded.replace(escapes, (whole, ...groups: (string | undefined)[]) => {
      const [braced, unit, byte, percent, hexEntity, entity, sign, control] = groups;
      if (sign !== undefined) return sign;
      if (control !== undefined) return ' ';
      const hex = braced ?? unit ?? byte ?? percent ?? hexEntity;
      const code = hex === undefined ? Number(entity) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
    if (next === decoded) break;
    decoded = next;
  }
  return decoded;
}

function cutSecrets(text: string, secrets: readonly string[]): string {
  const windows = secrets.flatMap(spellings).flatMap((spelling) => {
    const { letters } = lettersOf(spelling);
    return letters.length < shortestKey ? [] : windowsOf(letters, Math.min(keyWindow, letters.length));
  });
  return cutWindows(text, new Set(windows), '[key]');
}

/** Returns the encodings of a secret: plain, reversed, hexadecimal, and base64 at each alignment. */
function spellings(secret: string): string[] {
  if (secret.length < keyWindow) return [secret];
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((padding) => {
    const encoded = Buffer.concat([Buffer.alloc(padding), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return encoded.slice(padding === 0 ? 0 : padding + 1, -1); // neighbours alter the first and last characters
  });
  return [secret, [...secret].reverse().join(''), bytes.toString('hex'), ...base64];
}

async function cutEchoes(text: string, messages: readonly string[]): Promise<string> {
  return cutWindows(text, await findEchoes(lettersOf(text).letters, messages), '[…]');
}

/** Replaces each occurrence of `windows`, including the characters between its letters, by `label`. */
function cutWindows(text: string, windows: ReadonlySet<string>, label: string): string {
  if (windows.size === 0) return text;
  const lengths = [...new Set([...windows].map(({ length }) => length))];
  const { letters, places } = lettersOf(text);
  let result = '';
  let end = 0;
  let isCut = false;
  for (let i = 0; i < letters.length; i++) {
    const whole = lengths.filter((length) => i + length <= letters.length); // at the end a slice is shorter than its length
    const length = Math.max(0, ...whole.filter((length) => windows.has(letters.slice(i, i + length))));
    if (length === 0) continue;
    const start = places[i] ?? 0;
    if (!isCut || start > end) result += text.slice(end, start) + label;
    end = Math.max(end, (places[i + length - 1] ?? 0) + 1);
    isCut = true;
  }
  return result + text.slice(end);
}
