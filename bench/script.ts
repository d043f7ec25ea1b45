// What the upstream is asked to play. It travels in the user's message, since every server passes that on untouched.

/** Is one reply of the upstream. */
export interface Script {
  readonly tokens: number;
  /** Tokens a second; 0: as fast as the socket takes them. */
  readonly rate: number;
  /** Each token carries the time it was sent, and the first one also when the request came. */
  readonly stamped: boolean;
  /** How long the upstream thinks before its first token. */
  readonly waitMs: number;
  /** After the last token the reply is left open and silent, until the connection closes. */
  readonly holds: boolean;
}

const plain: Script = { tokens: 1, rate: 0, stamped: false, waitMs: 0, holds: false };

/** Is what every token ends or begins with, exactly once, and nothing else on any wire here contains. */
export const tokenMark = '~';

/** Is a token without a stamp: what a usual one weighs. */
export const plainToken = ` wak${tokenMark}`;

/** Writes a script as a message. */
export function messageOf(script: Partial<Script>): string {
  const { tokens, rate, stamped, waitMs, holds } = { ...plain, ...script };
  return `play tokens=${tokens} rate=${rate} stamped=${Number(stamped)} waitMs=${waitMs} holds=${Number(holds)} end`;
}

/** Finds the last script in a request's body, whatever its shape.
 *  @throws {Error} when there is none. */
export function scriptIn(body: string): Script {
  const found = body.match(/play tokens=(\d+) rate=(\d+) stamped=(\d) waitMs=(\d+) holds=(\d) end(?!.*play tokens)/s);
  if (!found) throw new Error('The request holds no script.');
  const [tokens = 0, rate = 0, stamped, waitMs = 0, holds] = found.slice(1).map(Number);
  return { tokens, rate, stamped: stamped === 1, waitMs, holds: holds === 1 };
}
