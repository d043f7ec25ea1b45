// The timelines that this node records, and those that are stored. The node that produces a stream stores its timeline with the
// end; every node stores that of its readers once the last of them is closed. Reads that begin after the end are not recorded.
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { StreamId, TimelineReader, TimelineResponse } from '@sillage/protocol';
import { sql } from 'kysely';
import { ulid } from 'ulid';
import { DATABASE, type Database, type Statement } from '../../database/database.ts';
import { prepared } from '../../database/prepared.ts';
import type { StreamRecord } from '../../streams/stream-store.ts';
import { mostReaders, type ReaderRecorder, StreamTimeline, type TimelineBody } from './stream-timeline.ts';

/** The id under which the node that produces a stream stores its timeline. */
const producer = '';

/** A timeline that is being recorded. */
interface Recorded {
  readonly timeline: StreamTimeline;
  /** The node id under which it is stored. */
  readonly nodeId: string;
  hasEnded: boolean;
}

@Injectable()
export class Timelines {
  private readonly logger = new Logger(Timelines.name);
  private readonly nodeId = ulid();
  private readonly recorded = new Map<StreamId, Recorded>();
  private readonly saveBody = prepared(
    ({ streamId, nodeId, body }: { streamId: StreamId; nodeId: string; body: string }) =>
      this.database.query
        .insertInto('stream_timelines')
        .columns(['stream_id', 'node_id', 'body'])
        .expression((from) =>
          from
            .selectFrom('streams')
            .select(['stream_id', sql.val(nodeId).as('node_id'), sql.val(body).as('body')])
            .where('stream_id', '=', streamId)
            .where('erased_at', 'is', null)
            .where('forgotten_at', 'is', null),
        )
        .onConflict((row) =>
          row.columns(['stream_id', 'node_id']).doUpdateSet((excluded) => ({ body: excluded.ref('excluded.body') })),
        )
        .compile(),
  );

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Begins the timeline of a stream that this node produces; `ended` ends it. */
  begin(streamId: StreamId): StreamTimeline {
    const timeline = new StreamTimeline();
    this.recorded.set(streamId, { timeline, nodeId: producer, hasEnded: false });
    return timeline;
  }

  /** Records a reader of a stream that is under way, on any node. */
  open(streamId: StreamId, after: number): ReaderRecorder {
    let recorded = this.recorded.get(streamId);
    if (recorded === undefined) {
      recorded = { timeline: new StreamTimeline(), nodeId: this.nodeId, hasEnded: true };
      this.recorded.set(streamId, recorded);
    }
    const { timeline } = recorded;
    return timeline.open(after, () => this.closed(streamId, recorded));
  }

  /** Statements that store the timeline with the end of a stream of this node. */
  endStatements(streamId: StreamId): Statement[] {
    const recorded = this.recorded.get(streamId);
    recorded?.timeline.end();
    return recorded === undefined ? [] : [this.save(streamId, recorded)];
  }

  /** Notes that the end of a stream of this node is stored. Some readers may have received it, others are still about to. */
  ended(streamId: StreamId): void {
    const recorded = this.recorded.get(streamId);
    if (recorded === undefined) return;
    recorded.hasEnded = true;
    if (recorded.timeline.hadReadersAtEnd) this.closed(streamId, recorded);
    else this.recorded.delete(streamId);
  }

  /** Returns what is known of a stream on this node, and what other nodes have stored. */
  async find({ streamId, end, endedAt }: StreamRecord): Promise<TimelineResponse> {
    const own = this.recorded.get(streamId);
    const rows = await this.database.query
      .selectFrom('stream_timelines')
      .select(['node_id', 'body'])
      .where('stream_id', '=', streamId)
      .execute();
    const bodies = new Map(rows.map((row) => [row.node_id, JSON.parse(row.body) as TimelineBody]));
    if (own !== undefined) bodies.set(own.nodeId, own.timeline.body);
    const produced = bodies.get(producer);
    const startedAt =
      produced?.startedAt ?? Math.min(...[...bodies.values()].map((body) => body.startedAt), Date.now());
    const endedMs = produced?.endedMs ?? (endedAt === undefined ? undefined : Math.max(0, endedAt - startedAt));
    const readers = [...bodies.values()].flatMap((body) => readersOf(body, body.startedAt - startedAt));
    readers.sort((one, other) => one.openedMs - other.openedMs);
    const omitted = [...bodies.values()].reduce((sum, { omittedReaders }) => sum + omittedReaders, 0);
    const tooMany = Math.max(0, readers.length - mostReaders);
    return {
      streamId,
      startedAt: new Date(startedAt).toISOString(),
      ...(end !== undefined && endedMs !== undefined && { endedMs, finishReason: end.finishReason }),
      ...(produced === undefined && { isPartial: true }),
      read: produced?.read ?? [],
      stored: produced?.stored ?? [],
      readers: readers.slice(tooMany),
      ...(omitted + tooMany > 0 && { omittedReaders: omitted + tooMany }),
    };
  }

  private closed(streamId: StreamId, recorded: Recorded): void {
    if (!recorded.hasEnded || recorded.timeline.hasReaders || this.recorded.get(streamId) !== recorded) return;
    this.recorded.delete(streamId);
    this.database
      .write([this.save(streamId, recorded)])
      .catch((error: unknown) => this.logger.warn(`The readers of stream ${streamId} are not stored: ${error}`));
  }

  /** Statement that stores a timeline, unless the stream is deleted. */
  private save(streamId: StreamId, { nodeId, timeline }: Recorded): Statement {
    return this.saveBody({ streamId, nodeId, body: JSON.stringify(timeline.body) });
  }
}

/** The readers of one node by the time of another. */
function readersOf({ readers }: TimelineBody, shiftMs: number): TimelineReader[] {
  const shifted = (ms: number) => Math.max(0, ms + shiftMs);
  return readers.map(({ openedMs, closedMs, written, ...reader }) => ({
    ...reader,
    openedMs: shifted(openedMs),
    ...(closedMs !== undefined && { closedMs: shifted(closedMs) }),
    written: written.map(({ offset, fromMs, untilMs }) => ({
      offset,
      fromMs: shifted(fromMs),
      untilMs: shifted(untilMs),
    })),
  }));
}
