// The clients of a run, in their own process. They send raw requests and return counts and times.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../report/percentiles.ts';
import { serveParent } from '../testbed/child.ts';
import { microsBetween } from '../testbed/clock.ts';
import { firstStamps, Reader } from './reader.ts';

/** The streams to open: `requests` in rotation, spread over `rampMs`. */
export interface Opening {
  readonly port: number;
  readonly requests: readonly string[];
  readonly count: number;
  readonly rampMs?: number;
  /** Timeout of the first tokens, once all streams are opened. */
  readonly patienceMs?: number;
  /** Waits for the head of each response only, because no token may come. */
  readonly isQuiet?: boolean;
}

/** One request that is sent `times` times. */
export interface Repeated {
  readonly port: number;
  readonly request: string;
  readonly times: number;
}

/** The functions that the parent process can call. */
export type LoadVerbs = typeof verbs;

const longestWaitMs = 30_000;
const stepMs = 10;
const restMs = 15;
let readers: Reader[] = [];
let delays: number[] = [];
const onDelay = (micros: number): void => void delays.push(micros);
const verbs = { open, counted, receivedBytes, ended, takeDelays, firsts, replies, closeAll };
serveParent(verbs);

/** Opens streams in addition to those that are open. Resolves when each has its first token, or its head with `isQuiet`.
 *  @throws {Error} with the head of the response that has no token. */
async function open(opening: Opening): Promise<{ streamIds: string[] }> {
  const { port, requests, count, rampMs = 0, patienceMs = longestWaitMs, isQuiet = false } = opening;
  const opened: Reader[] = [];
  const began = performance.now();
  while (opened.length < count) {
    const due = rampMs === 0 ? count : Math.ceil(((performance.now() - began) / rampMs) * count);
    while (opened.length < Math.min(due, count)) {
      opened.push(new Reader({ port, request: requests[opened.length % requests.length] ?? '', onDelay }));
    }
    if (opened.length < count) await delay(stepMs);
  }
  readers.push(...opened);
  await within(Promise.all(opened.map(({ first, responded }) => (isQuiet ? responded : first))), patienceMs);
  const broken = opened.find(({ tokens, status }) => (isQuiet ? status !== 200 : tokens === 0));
  if (broken) throw new Error(`A stream brought no token: ${broken.head || 'no response'}`);
  return { streamIds: opened.map(({ streamId }) => streamId ?? '') };
}

/** Returns the number of tokens received so far on all streams. */
function counted(): number {
  return readers.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** Returns the number of bytes received so far on all open streams. */
function receivedBytes(): number {
  return readers.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Resolves when all streams have ended, with the sum, minimum and maximum of their tokens. Complete replies agree. */
async function ended(): Promise<{ tokens: number; fewest: number; most: number }> {
  await within(Promise.all(readers.map((reader) => reader.ended)));
  const counts = readers.map(({ tokens }) => tokens);
  readers = [];
  return { tokens: counts.reduce((a, b) => a + b, 0), fewest: Math.min(...counts), most: Math.max(...counts) };
}

/** Returns the delays of stamped tokens since the last call, in milliseconds. */
function takeDelays(): { p50: number; p99: number; count: number } {
  const taken = delays;
  delays = [];
  return { p50: percentile(taken, 0.5) / 1000, p99: percentile(taken, 0.99) / 1000, count: taken.length };
}

/** Sends requests one after another, with a pause between, and returns the time to the upstream and back of each, in milliseconds:
 *  the request until it had arrived there, and the first token from there, without the upstream's own delay. */
async function firsts({ port, request, times }: Repeated): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const reader = new Reader({ port, request });
    const stamps = firstStamps((await within(reader.first)) ?? Buffer.alloc(0));
    if (!stamps) throw new Error(`A stream brought no first token: ${reader.head || 'no response'}`);
    const there = microsBetween(reader.sentMicros, stamps.arrived);
    taken.push((there + microsBetween(stamps.sent, reader.firstByteMicros ?? 0)) / 1000);
    await within(reader.ended);
    await delay(restMs);
  }
  return taken;
}

/** Reads complete replies one after another. Returns the time to the first text, the tokens and the text events of each. */
async function replies({ port, request, times }: Repeated) {
  const read: { firstMs: number; tokens: number; textEvents: number }[] = [];
  for (let i = 0; i < times; i++) {
    const reader = new Reader({ port, request, keepsBody: true });
    await within(reader.ended);
    const body = Buffer.concat(reader.body).toString('latin1');
    const firstMs = microsBetween(reader.sentMicros, reader.firstByteMicros ?? 0) / 1000;
    read.push({ firstMs, tokens: reader.tokens, textEvents: [...body.matchAll(textEvent)].length });
  }
  return read;
}

/** An event with text; the opening block of a stream has an empty one. */
const textEvent = /^data: \{"(?:content":"[^"]|type":"text-delta)/gm;

/** Closes every stream in any state and clears the delays. */
function closeAll(): void {
  for (const reader of readers) reader.close();
  readers = [];
  delays = [];
}

async function within<T>(work: Promise<T>, patienceMs = longestWaitMs): Promise<T> {
  const over = new AbortController();
  const late = delay(patienceMs, undefined, over).then(() => {
    throw new Error(`Nothing whole for ${patienceMs / 1000} s; ${counted()} tokens so far.`);
  });
  return Promise.race([work, late]).finally(() => over.abort());
}
