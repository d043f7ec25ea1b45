// Groups conversations: the pinned ones, and all others by day, in the reader's calendar and language.
import type { SessionSummary } from '@sillage/protocol';

const dayMs = 86_400_000;

/** The conversations of one day, in their given order. */
export interface DayGroup {
  /** `YYYY-MM-DD` in the reader's time zone, or `pinned`. */
  readonly day: string;
  readonly label: string;
  readonly sessions: readonly SessionSummary[];
}

/** The reader's locale, time and time zone; the zone defaults to the browser's. */
export interface Calendar {
  readonly locale: string;
  readonly now: Date;
  readonly timeZone?: string | undefined;
}

/** Groups the rows of the list: the pinned ones under `pinnedLabel`, then the others by day. */
export function groupRows(
  sessions: readonly SessionSummary[],
  { pinnedLabel, ...calendar }: Calendar & { readonly pinnedLabel: string },
): readonly DayGroup[] {
  const pinned = sessions.filter((session) => session.pinned);
  const days = groupByDay(
    sessions.filter((session) => !session.pinned),
    calendar,
  );
  return pinned.length === 0 ? days : [{ day: 'pinned', label: pinnedLabel, sessions: pinned }, ...days];
}

/** Groups conversations by the day of their last change. Input and output are ordered by most recent change. */
export function groupByDay(sessions: readonly SessionSummary[], calendar: Calendar): readonly DayGroup[] {
  const groups: { day: string; label: string; sessions: SessionSummary[] }[] = [];
  const day = dayNamer(calendar.timeZone);
  const label = dayLabeller(calendar);
  for (const session of sessions) {
    const name = day(new Date(session.updatedAt));
    const last = groups.at(-1);
    if (last?.day === name) last.sessions.push(session);
    else groups.push({ day: name, label: label(name), sessions: [session] });
  }
  return groups;
}

/** Returns a function that formats the day of a time as `YYYY-MM-DD`. */
function dayNamer(timeZone?: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => format.format(at);
}

/** Returns a function that labels a day: today and yesterday as words, other days of the past week by weekday, earlier
 *  days by date. */
function dayLabeller({ locale, now, timeZone }: Calendar): (day: string) => string {
  const today = dayNamer(timeZone)(now);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const format = (options: Intl.DateTimeFormatOptions) => {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  };
  const weekday = format({ weekday: 'long' });
  const date = format({ day: 'numeric', month: 'long' });
  const dateAndYear = format({ day: 'numeric', month: 'long', year: 'numeric' });

  return (day) => {
    const at = new Date(`${day}T00:00:00Z`); // a calendar date, formatted in UTC
    const ago = Math.round((Date.parse(today) - at.getTime()) / dayMs);
    if (ago === 0 || ago === 1) return capitalised(relative.format(-ago, 'day'), locale);
    if (ago > 1 && ago < 7) return capitalised(weekday.format(at), locale);
    return (day.slice(0, 4) === today.slice(0, 4) ? date : dateAndYear).format(at);
  };
}

function capitalised(words: string, locale: string): string {
  return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
}
