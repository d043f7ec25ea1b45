// Simulates the cluster token by token, one millisecond at a time, to see what the averages of the model hide. Tokens and
// replies arrive at random, nodes send and fetch once a tick, and each Redis serves one command after the other.
import { percentile } from '../../report/percentiles.ts';
import { seeded } from './random.ts';

/** A cluster and its average traffic. */
export interface SimulationOptions {
  /** Concurrent streams, tokens a second of each, and tokens of a reply. */
  readonly streams: number;
  readonly pace: number;
  readonly tokensAReply: number;
  readonly nodes: number;
  readonly shards: number;
  /** The least time between two sends of a node, and between two fetches. */
  readonly tickMs: number;
  /** Share of streams that one more node reads. */
  readonly readElsewhere: number;
  /** The round trip between a node and Redis. */
  readonly roundTripMs: number;
  /** Redis CPU time of an append, and of a read by another node. */
  readonly appendMicros: number;
  readonly rangeMicros: number;
  readonly seconds: number;
  readonly seed?: number;
}

/** Rates are per second. `home` and `elsewhere`: delays from a token's arrival until a reader on the producer's node, or on
 *  another one, has it, in milliseconds. `commandsP99`: of one Redis, in the busiest 1 % of tenths of seconds. */
export type SimulationResult = ReturnType<typeof simulate>;

/** Streams that wait for the next tick of a node: those with new tokens, and those with a hint. */
interface Node {
  readonly phase: number;
  unsent: Stream[];
  hinted: Stream[];
}

/** A Redis, and its commands by tenth of a second. */
interface Shard {
  freeAtMs: number;
  readonly commands: number[];
  busyMs: number;
}

interface Stream {
  readonly node: Node;
  /** The other node that reads it. */
  readonly readOn: Node | undefined;
  readonly shard: Shard;
  tokensLeft: number;
  /** When its next token arrives, and when the response to its append arrives. */
  tokenAtMs: number;
  respondedAtMs: number;
  /** Arrival times of the tokens that are not sent yet, are on their way to Redis, and wait to be fetched. */
  gathered: number[];
  sent: number[];
  stored: number[];
  isSending: boolean;
}

/** Long enough for every queue to reach its steady length. */
const warmUpMs = 1_000;
/** Spread of the logarithm of lengths: one reply in ten is almost three times as long as the median. */
const sigma = 0.8;

/** Simulates a cluster that starts in a steady state. */
export function simulate(options: SimulationOptions) {
  const { streams, pace, tokensAReply, tickMs, readElsewhere, roundTripMs, appendMicros, rangeMicros, seconds } =
    options;
  const random = seeded(options.seed ?? 1);
  const startPause = () => random.exponential(((tokensAReply / pace) * 1000) / streams);
  let nextStartMs = startPause();
  const many = <Thing>(length: number, make: () => Thing) => Array.from({ length }, make);
  const nodes = many(options.nodes, (): Node => ({ phase: random.below(tickMs), unsent: [], hinted: [] }));
  const shards = many(options.shards, (): Shard => ({ freeAtMs: 0, commands: [], busyMs: 0 }));
  const endMs = warmUpMs + seconds * 1000;
  /** The streams of which a token arrives in each millisecond, or the response to an append. */
  const arriving = many(endMs, (): Stream[] => []);
  const responding = many(endMs, (): Stream[] => []);
  const home: number[] = [];
  const elsewhere: number[] = [];
  const counts = { started: 0, underWay: 0, replies: 0, tokens: 0, streamMs: 0, appends: 0, ranges: 0 };

  const isMeasured = (ms: number) => ms >= warmUpMs;

  /** Executes a command and returns the time at which its node has the response. */
  function serve(shard: Shard, ms: number, micros: number): number {
    const arrivesMs = ms + roundTripMs / 2;
    if (isMeasured(ms)) {
      const window = Math.floor((arrivesMs - warmUpMs) / 100);
      shard.commands[window] = (shard.commands[window] ?? 0) + 1;
      shard.busyMs += micros / 1000;
    }
    shard.freeAtMs = Math.max(shard.freeAtMs, arrivesMs) + micros / 1000;
    return shard.freeAtMs + roundTripMs / 2;
  }

  function start(atMs: number, tokensLeft: number): void {
    // Not random: with some thousand streams, chance would change the share by several percent.
    const share = counts.started++ * readElsewhere;
    const isReadElsewhere = nodes.length > 1 && Math.floor(share + readElsewhere) > Math.floor(share);
    const on = random.below(nodes.length);
    const other = isReadElsewhere ? (on + 1 + random.below(nodes.length - 1)) % nodes.length : -1;
    const shard = shards[random.below(shards.length)] as Shard;
    const empty = { tokenAtMs: 0, respondedAtMs: 0, gathered: [], sent: [], stored: [], isSending: false };
    counts.underWay++;
    awaitToken({ node: nodes[on] as Node, readOn: nodes[other], shard, tokensLeft, ...empty }, atMs);
  }

  function awaitToken(stream: Stream, nowMs: number): void {
    stream.tokenAtMs = nowMs + random.exponential(1000 / pace);
    arriving[Math.floor(stream.tokenAtMs)]?.push(stream);
  }

  function gather(stream: Stream): void {
    const { tokenAtMs, gathered, node } = stream;
    if (isMeasured(tokenAtMs)) counts.tokens++;
    if (gathered.push(tokenAtMs) === 1) node.unsent.push(stream);
    if (--stream.tokensLeft > 0) awaitToken(stream, tokenAtMs);
    else counts.underWay--;
  }

  function send(stream: Stream, ms: number): void {
    if (isMeasured(ms)) counts.appends++;
    stream.sent = stream.gathered;
    stream.gathered = [];
    stream.isSending = true;
    stream.respondedAtMs = serve(stream.shard, ms, appendMicros);
    responding[Math.max(Math.floor(stream.respondedAtMs), ms + 1)]?.push(stream);
  }

  /** Shows the tokens that Redis has stored on their own node, and notifies the other node. */
  function show(stream: Stream): void {
    const { respondedAtMs, sent, readOn } = stream;
    stream.isSending = false;
    if (isMeasured(respondedAtMs)) for (const came of sent) home.push(respondedAtMs - came);
    if (readOn === undefined) return;
    stream.stored.push(...sent);
    readOn.hinted.push(stream);
  }

  function fetch(stream: Stream, ms: number): void {
    if (isMeasured(ms)) counts.ranges++;
    const shownMs = serve(stream.shard, ms, rangeMicros);
    if (isMeasured(ms)) for (const came of stream.stored) elsewhere.push(shownMs - came);
    stream.stored = [];
  }

  function tick(node: Node, ms: number): void {
    if ((ms - node.phase) % tickMs !== 0) return;
    const { unsent, hinted } = node;
    node.unsent = unsent.filter(({ isSending }) => isSending);
    node.hinted = [];
    for (const stream of unsent) if (!stream.isSending) send(stream, ms);
    for (const stream of hinted) if (stream.stored.length > 0) fetch(stream, ms);
  }

  const replyLength = (median: number) => random.logNormal(median, sigma);

  // At a random moment long replies are more likely, and a part of each is over.
  const longer = tokensAReply * Math.exp(sigma ** 2 / 2);
  for (let i = 0; i < streams; i++) start(0, Math.ceil(replyLength(longer) * random.uniform()));
  for (let ms = 0; ms < endMs; ms++) {
    for (; nextStartMs < ms + 1; nextStartMs += startPause()) {
      if (isMeasured(ms)) counts.replies++;
      start(nextStartMs, Math.max(1, Math.round(replyLength(tokensAReply * Math.exp(-(sigma ** 2) / 2)))));
    }
    for (const stream of arriving[ms] ?? []) gather(stream); // more of the same millisecond may be added meanwhile
    for (const stream of responding[ms] ?? []) show(stream);
    arriving[ms] = responding[ms] = [];
    for (const node of nodes) tick(node, ms);
    if (isMeasured(ms)) counts.streamMs += counts.underWay;
  }
  const windows = shards.flatMap(({ commands }) => many(seconds * 10, () => 0).map((_, i) => commands[i] ?? 0));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    streams: counts.streamMs / (seconds * 1000),
    replies: counts.replies / seconds,
    tokens: counts.tokens / seconds,
    appends: counts.appends / seconds,
    ranges: counts.ranges / seconds,
    busy: mean(shards.map(({ busyMs }) => busyMs / (seconds * 1000))),
    commands: mean(windows) * 10,
    commandsP99: percentile(windows, 0.99) * 10,
    home: delaysOf(home),
    elsewhere: delaysOf(elsewhere),
  };
}

function delaysOf(delays: readonly number[]) {
  return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
}
