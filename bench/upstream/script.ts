// The script of an upstream reply. It travels in the user's message, which every server passes on unchanged.

/** One reply of the upstream. */
export interface Script {
  readonly tokens: number;
  /** Tokens a second; 0 sends as fast as the socket accepts. */
  readonly rate: number;
  /** Whether each token carries its send time, and the first one the arrival of the request, too. */
  readonly stamped: boolean;
  /** The delay before the first token. */
  readonly waitMs: number;
  /** Whether the reply stays open and silent after the last token, until the connection closes. */
  readonly holds: boolean;
}

const plain: Script = { tokens: 1, rate: 0, stamped: false, waitMs: 0, holds: false };

/** The character that every token contains exactly once, and nothing else on any wire of the bench. */
export const tokenMark = '~';

/** A token without a stamp, of the usual length. */
export const plainToken = ` wak${tokenMark}`;

/** Encodes a script as a message. */
export function messageOf(script: Partial<Script>): string {
  const { tokens, rate, stamped, waitMs, holds } = { ...plain, ...script };
  return `play tokens=${tokens} rate=${rate} stamped=${Number(stamped)} waitMs=${waitMs} holds=${Number(holds)} end`;
}

/** Returns the last script in a request's body, in any format.
 *  @throws {Error} when there is none. */
export function scriptIn(body: string): Script {
  const found = body.match(/play tokens=(\d+) rate=(\d+) stamped=(\d) waitMs=(\d+) holds=(\d) end(?!.*play tokens)/s);
  if (!found) throw new Error('The request holds no script.');
  const [tokens = 0, rate = 0, stamped, waitMs = 0, holds] = found.slice(1).map(Number);
  return { tokens, rate, stamped: stamped === 1, waitMs, holds: holds === 1 };
}
