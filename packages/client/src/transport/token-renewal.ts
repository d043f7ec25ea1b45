// Replaces the token of a connection before it expires: the server says when, and another connection uses the fresh one.
import type { ServerOptions } from '../options.ts';

/** Thrown by a connection once there is a fresh token, which only another connection can use. */
export const tokenRenewed = new Error();

/** Asks for a fresh token.
 *  @throws `tokenRenewed` if there is one. */
export async function renewToken({ getToken }: ServerOptions): Promise<void> {
  const token = await getToken?.({ refresh: false });
  const fresh = await getToken?.({ refresh: true });
  if (fresh && fresh !== token) throw tokenRenewed;
}
