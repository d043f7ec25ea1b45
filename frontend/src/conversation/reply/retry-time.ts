// When a failed reply may be requested again, in words.
import type { ConversationMessage } from '@sillage/client';
import type { Messages } from '../../i18n/messages.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Longest wait that is given in seconds; a longer one is given as a time of day. */
const longestInSeconds = 90;

/** Returns the wait that the server or the provider asked for, counted from the message; `''` if it is over or there is
 *  none. */
export function retryWords(
  { createdAt, retryAfter = 0 }: Pick<ConversationMessage, 'createdAt' | 'retryAfter'>,
  { words, locale, now = Date.now() }: { words: Messages['recovery']; locale: string; now?: number },
): string {
  const at = Date.parse(createdAt) + retryAfter * 1000;
  const seconds = Math.ceil((at - now) / 1000);
  if (!(seconds > 0)) return '';
  if (seconds <= longestInSeconds) return words.waitFirst(seconds);
  const time = new Intl.DateTimeFormat(locale, {
    timeStyle: 'short',
    ...(at - now > dayMs / 2 && { dateStyle: 'medium' }),
  });
  return words.tryAfter(time.format(Math.ceil(at / minuteMs) * minuteMs));
}
