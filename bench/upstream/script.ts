// What the load and the upstream agree on: the script of a reply, which travels in the user's message, since every server passes
// that on unchanged, and the tokens of the reply, with the times inside.

const plain = {
  tokens: 1,
  /** Tokens a second; 0 sends as fast as the socket accepts. */
  rate: 0,
  /** 1: each token carries its send time, and the first one the arrival of the request, too. */
  stamped: 0,
  /** The delay before the first token. */
  waitMs: 0,
  /** 1: the reply stays open and silent after the last token, until the connection closes. */
  holds: 0,
};

/** One reply of the upstream. */
export type Script = Readonly<typeof plain>;

/** The character that every token contains exactly once, and nothing else on any wire of the bench. */
export const tokenMark = '~';

/** A token without a stamp, of the usual length. */
export const plainToken = ` wak${tokenMark}`;

/** The length of a stamp in characters: the time in microseconds, on the clock that upstream and load share. */
export const stampLength = 12;

/** Writes a time of `performance.now()` as a stamp. */
export function stampOf(ms: number): string {
  return String(Math.round(ms * 1000)).padStart(stampLength, '0');
}

/** Reads a stamp from bytes, in milliseconds; undefined where it is incomplete, as at the end of a read. */
export function stampAt(bytes: Buffer, at: number): number | undefined {
  const digits = bytes.toString('latin1', at, at + stampLength);
  return digits.length === stampLength ? Number(digits) / 1000 : undefined;
}

/** Encodes a script as a message. */
export function messageOf(script: Partial<Script>): string {
  const fields = Object.entries({ ...plain, ...script }).map(([name, value]) => `${name}=${value}`);
  return `play ${fields.join(' ')} end`;
}

/** Returns the last script in a request's body, in any format.
 *  @throws {Error} when there is none. */
export function scriptIn(body: string): Script {
  const [, fields] = body.match(/.*play ([^"]*) end/s) ?? [];
  if (fields === undefined) throw new Error('The request holds no script.');
  const entries = fields.split(' ').map((field) => field.split('='));
  return { ...plain, ...Object.fromEntries(entries.map(([name, value]) => [name, Number(value)])) };
}
