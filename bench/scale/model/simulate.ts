// Simulates the cluster token by token, one millisecond at a time, to see what the averages of the model hide. Tokens and
// replies arrive at random, nodes send and fetch once a tick, and each Redis serves one command after the other.
import { randomExponential, randomInt, randomLcg, randomLogNormal } from 'd3-random';
import { percentile } from '../../report/percentiles.ts';
import type { ModelInputs } from './demand.ts';

/** Rates are per second. `home` and `elsewhere`: delays from a token's arrival until a reader on the producer's node, or on
 *  another one, has it, in milliseconds. `commandsP99`: of all Redis, in the busiest 1 % of tenths of seconds. */
export type SimulationResult = ReturnType<typeof simulate>;

/** Executes one command after the other. */
interface Redis {
  freeAtMs: number;
}

/** The work of a node on one stream: to append its tokens, or to read them on another node. */
interface Work {
  readonly redis: Redis;
  /** When each token has come, and when this work can take it. */
  readonly cameMs: number[];
  readonly readyMs: number[];
  /** The number of tokens that it has taken so far. */
  taken: number;
  /** Before this time it sends nothing: the response to its latest command has not come, or no further token. */
  restsUntilMs: number;
  /** Takes the tokens that are stored. */
  readonly reader?: Work | undefined;
}

/** Long enough for every queue to reach its steady length. */
const warmUpMs = 1_000;
const seconds = 5;
const endMs = warmUpMs + seconds * 1000;
const windowMs = 100;
/** The round trip between a node and Redis in one data centre. */
const roundTripMs = 0.5;
/** Spread of the logarithm of lengths: one reply in ten is almost three times as long as the median. */
const sigma = 0.8;

/** Simulates so many streams, nodes and Redis, which start in a steady state. */
export function simulate(
  { streams, nodes, redisServers }: { streams: number; nodes: number; redisServers: number },
  { pace, units, assumptions }: ModelInputs,
) {
  const { tokensAReply, readElsewhere, appendEveryMs: tickMs } = assumptions;
  const uniform = randomLcg(1);
  const below = (bound: number) => randomInt.source(uniform)(bound)();
  const untilNextToken = randomExponential.source(uniform)(pace / 1000);
  const untilNextReply = randomExponential.source(uniform)((streams * pace) / tokensAReply / 1000);
  /** The mean of a log-normal distribution is its median times e^(sigma^2 / 2). */
  const lengthOf = (mean: number) => randomLogNormal.source(uniform)(Math.log(mean) - sigma ** 2 / 2, sigma)();

  const many = <Thing>(length: number, make: () => Thing) => Array.from({ length }, make);
  const servers = many(redisServers, (): Redis => ({ freeAtMs: 0 }));
  const phases = many(nodes, () => below(tickMs));
  /** `byPhase`: the works that are due in this millisecond of a tick. */
  const kindOf = (commandMicros: number) => ({
    commandMs: commandMicros / 1000,
    commands: 0,
    delays: [] as number[],
    byPhase: many(tickMs, (): Work[] => []),
  });
  const [appends, ranges] = [kindOf(units.token.redisCpuMicros), kindOf(units.readingNode.redisCpuMicros)];
  const counts = { started: 0, replies: 0, tokens: 0, streamMs: 0 };
  const commands: number[] = []; // in each tenth of a second

  function start(atMs: number, length: number): void {
    const cameMs: number[] = [];
    let lastMs = atMs;
    for (let token = 0; token < length; token++) {
      lastMs += untilNextToken();
      if (lastMs < endMs) cameMs.push(lastMs);
    }
    counts.tokens += cameMs.filter((ms) => ms >= warmUpMs).length;
    cameMs.push(endMs); // no further one
    counts.streamMs += Math.max(0, Math.min(lastMs, endMs) - Math.max(atMs, warmUpMs));
    const node = below(nodes);
    const common = { redis: servers[below(redisServers)] as Redis, taken: 0, restsUntilMs: 0 };
    const other = (node + 1 + below(nodes - 1)) % nodes;
    // Not random: with some thousand streams, chance would change the share by several percent.
    const share = counts.started++ * readElsewhere;
    const isReadElsewhere = nodes > 1 && Math.floor(share + readElsewhere) > Math.floor(share);
    const reader: Work | undefined = isReadElsewhere ? { ...common, cameMs: [], readyMs: [] } : undefined;
    const [restsUntilMs = endMs] = cameMs;
    appends.byPhase[phases[node] ?? 0]?.push({ ...common, cameMs, readyMs: cameMs, restsUntilMs, reader });
    if (reader) ranges.byPhase[phases[other] ?? 0]?.push(reader);
  }

  /** Sends one command for all tokens that are ready. A reader has them with the response. */
  function send(kind: typeof appends, work: Work, ms: number): void {
    if (work.restsUntilMs > ms) return;
    const { redis, readyMs, reader } = work;
    const from = work.taken;
    while ((readyMs[work.taken] ?? endMs) <= ms) work.taken++;
    if (work.taken === from) return;
    const taken = work.cameMs.slice(from, work.taken);
    redis.freeAtMs = Math.max(redis.freeAtMs, ms + roundTripMs / 2) + kind.commandMs;
    const respondedMs = redis.freeAtMs + roundTripMs / 2;
    work.restsUntilMs = Math.max(respondedMs, readyMs[work.taken] ?? 0);
    reader?.cameMs.push(...taken);
    reader?.readyMs.push(...taken.map(() => respondedMs));
    if (ms < warmUpMs) return;
    kind.commands++;
    const window = Math.floor((ms - warmUpMs) / windowMs);
    commands[window] = (commands[window] ?? 0) + 1;
    for (const cameMs of taken) kind.delays.push(respondedMs - cameMs);
  }

  // At a random moment long replies are more likely, and a part of each is over.
  for (let i = 0; i < streams; i++) start(0, Math.ceil(lengthOf(tokensAReply * Math.exp(sigma ** 2)) * uniform()));
  for (let ms = untilNextReply(); ms < endMs; ms += untilNextReply()) {
    if (ms >= warmUpMs) counts.replies++;
    start(ms, Math.max(1, Math.round(lengthOf(tokensAReply))));
  }
  for (let ms = 0; ms < endMs; ms++) {
    for (const kind of [appends, ranges]) for (const work of kind.byPhase[ms % tickMs] ?? []) send(kind, work, ms);
  }
  const delayOf = ({ delays }: typeof appends) => ({ p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) });
  const busyMs = appends.commands * appends.commandMs + ranges.commands * ranges.commandMs;
  return {
    streams: counts.streamMs / (seconds * 1000),
    replies: counts.replies / seconds,
    tokens: counts.tokens / seconds,
    appends: appends.commands / seconds,
    ranges: ranges.commands / seconds,
    /** The share of its time that a Redis is busy. */
    busy: busyMs / (seconds * 1000) / redisServers,
    commandsP99: (percentile(commands, 0.99) * 1000) / windowMs,
    home: delayOf(appends),
    elsewhere: delayOf(ranges),
  };
}
