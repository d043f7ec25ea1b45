// The texts of the page, by language.
import type { LiveReply } from '../conversation/reply/reply-status.ts';
import type { en } from './en.ts';

/** The texts of one language: every text that English has. */
export type Messages = typeof en;

/** Returns the text of a reply's status. */
export function statusWords(messages: Messages, { status, retryAfter = 0 }: LiveReply): string {
  return status === 'told-to-wait' ? messages.toldToWait(retryAfter) : messages.status[status];
}
