// The timeline of a reply: its first words, pauses, resumes and total time, as a bar and as a list.
import { readTimeline } from '@sillage/client';
import type { StreamId, TimelineResponse } from '@sillage/protocol';
import { type CSSProperties, useEffect, useState } from 'react';
import { server } from '../../browser/api.ts';
import { useLanguage, useMessages } from '../../i18n/Language.tsx';
import type { Messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { type Moment, momentsOf, pauseMs } from './moments.ts';

/** Renders the dialog. */
export function TimelineDialog({ streamId, onClose }: { readonly streamId: StreamId; readonly onClose: () => void }) {
  const { timeline: words } = useMessages();
  const timeline = useTimeline(streamId);
  return (
    <Dialog title={words.title} onClose={onClose}>
      <div className="timeline" data-testid="timeline" aria-busy={timeline === undefined}>
        {timeline === 'gone' && <p>{words.gone}</p>}
        {timeline === 'failed' && <p>{words.failed}</p>}
        {typeof timeline === 'object' && <Course timeline={timeline} />}
      </div>
    </Dialog>
  );
}

function Course({ timeline }: { readonly timeline: TimelineResponse }) {
  const { locale, messages } = useLanguage();
  const { timeline: words } = messages;
  const moments = momentsOf(timeline);
  const seconds = secondsIn(locale);
  return (
    <>
      <p>{summaryOf(moments, { words, seconds })}</p>
      {timeline.isPartial && <p className="setting-detail">{words.partial}</p>}
      <Bar timeline={timeline} moments={moments} />
      <ol className="timeline-moments">
        {moments.map((moment) => (
          <li key={`${moment.type} ${moment.ms}`} data-moment={moment.type}>
            <span className="timeline-time">{seconds(moment.ms)}</span>
            <span>{wordsOf(moment, timeline, { messages, seconds })}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The bar: when text arrived, when it paused, and when a connection was opened. The list contains the same. */
function Bar({ timeline, moments }: { readonly timeline: TimelineResponse; readonly moments: readonly Moment[] }) {
  const totalMs = Math.max(1, timeline.endedMs ?? 0, ...timeline.read.map(({ untilMs }) => untilMs));
  const at = (fromMs: number, untilMs = fromMs): CSSProperties => ({
    left: `${(Math.min(fromMs, totalMs) / totalMs) * 100}%`,
    width: `${(Math.max(0, Math.min(untilMs, totalMs) - fromMs) / totalMs) * 100}%`,
  });
  return (
    <div className="timeline-bar" aria-hidden="true">
      {flowsOf(timeline.read).map(({ fromMs, untilMs }) => (
        <span key={fromMs} className="timeline-text" style={at(fromMs, untilMs)} />
      ))}
      {moments.map((moment) =>
        moment.type === 'resumed' || moment.type === 'joined' ? (
          <span key={`${moment.type} ${moment.ms}`} className="timeline-mark" style={at(moment.ms)} />
        ) : null,
      )}
    </div>
  );
}

/** Joins parts without a pause between them. */
function flowsOf(read: TimelineResponse['read']): { fromMs: number; untilMs: number }[] {
  const flows: { fromMs: number; untilMs: number }[] = [];
  for (const { fromMs, untilMs } of read) {
    const last = flows.at(-1);
    if (last !== undefined && fromMs - last.untilMs < pauseMs) last.untilMs = untilMs;
    else flows.push({ fromMs, untilMs });
  }
  return flows;
}

type Seconds = (ms: number) => string;

function summaryOf(
  moments: readonly Moment[],
  { words, seconds }: { words: Messages['timeline']; seconds: Seconds },
): string {
  const countOf = (type: Moment['type']) => moments.filter((moment) => moment.type === type).length;
  const end = moments.find(({ type }) => type === 'end');
  const sentences = [
    ...(end === undefined ? [] : [words.total(seconds(end.ms))]),
    words.pauses(countOf('paused')),
    words.resumes(countOf('resumed')),
  ];
  return sentences.join(' · ');
}

function wordsOf(
  moment: Moment,
  { finishReason }: TimelineResponse,
  { messages, seconds }: { messages: Messages; seconds: Seconds },
): string {
  const { timeline: words, details } = messages;
  switch (moment.type) {
    case 'first':
      return words.first;
    case 'paused':
      return words.paused(seconds(moment.forMs));
    case 'resumed':
      return moment.awayMs === undefined ? words.resumed : words.resumedAfter(seconds(moment.awayMs));
    case 'joined':
      return words.joined;
    case 'end':
      return words.ended(finishReason === undefined ? details.unknown : details.finishReason[finishReason]);
  }
}

/** Returns the format of times: `0.8 s`, `12 s`. */
function secondsIn(locale: string): Seconds {
  const format = (digits: number) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (ms) => `${format(ms < 10_000 ? 1 : 0).format(ms / 1000)}\u00a0s`;
}

/** Loads the timeline; `undefined` until then. */
function useTimeline(streamId: StreamId): TimelineResponse | 'gone' | 'failed' | undefined {
  const [timeline, setTimeline] = useState<TimelineResponse | 'gone' | 'failed'>();

  useEffect(() => {
    const request = new AbortController();
    const failed = ({ code }: { code?: string }) => (code === 'gone' || code === 'not-found' ? 'gone' : 'failed');
    readTimeline(streamId, { ...server, signal: request.signal })
      .catch(failed)
      .then((read) => request.signal.aborted || setTimeline(read));
    return () => request.abort();
  }, [streamId]);

  return timeline;
}
