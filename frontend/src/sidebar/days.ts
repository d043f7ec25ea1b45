// Which day a conversation belongs to, as the reader's own calendar and language have it.
import type { SessionSummary } from '@sillage/protocol';

const dayMs = 86_400_000;

/** Is the conversations of one day, in the order they came in. */
export interface DayGroup {
  /** `YYYY-MM-DD`, where the reader is. */
  readonly day: string;
  readonly label: string;
  readonly sessions: readonly SessionSummary[];
}

/** Says whose calendar it is; the zone defaults to the browser's. */
export interface Calendar {
  readonly locale: string;
  readonly now: Date;
  readonly timeZone?: string | undefined;
}

/** Groups conversations by the day of their last change; they come last changed first, and so do the days. */
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

/** Names the day of a moment: `YYYY-MM-DD`. */
function dayNamer(timeZone?: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => format.format(at);
}

/** Says today and yesterday in words, the days of a week by name, and any other by its date. */
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
    const at = new Date(`${day}T00:00:00Z`); // a day as such, in no zone
    const ago = Math.round((Date.parse(today) - at.getTime()) / dayMs);
    if (ago === 0 || ago === 1) return capitalised(relative.format(-ago, 'day'), locale);
    if (ago > 1 && ago < 7) return capitalised(weekday.format(at), locale);
    return (day.slice(0, 4) === today.slice(0, 4) ? date : dateAndYear).format(at);
  };
}

function capitalised(words: string, locale: string): string {
  return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
}
