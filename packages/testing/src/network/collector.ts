// A collector of traces for tests: a real HTTP server that decodes OTLP in Protocol Buffers.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

type Attributes = Readonly<Record<string, unknown>>;

/** A span as it arrived. Ids are hexadecimal; `kind` and `status` are the numbers of the protocol. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  /** The attributes of the process that sent it. */
  readonly resource: Attributes;
}

/** A running collector. */
export interface Collector {
  /** A value for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** The headers of each request. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Everything received, as text, to look for what must not be in it. */
  raw(): string;
  /** Resolves with the first span that matches. */
  span(matches: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  stop(): Promise<void>;
}

/** Starts the collector on a free port of loopback. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const bodies: Buffer[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    headers.push(request.headers);
    bodies.push(body);
    if (request.url === '/v1/traces') spans.push(...spansOf(body));
    for (const wake of waiting) wake();
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    raw: () => Buffer.concat(bodies).toString('utf8'),
    span: async (matches) => {
      for (;;) {
        const found = spans.find(matches);
        if (found !== undefined) return found;
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The fields of one message by their number. */
type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

function spansOf(body: Buffer): CollectedSpan[] {
  return messagesAt(decode(body), 1).flatMap((resourceSpans) => {
    const [resource] = messagesAt(resourceSpans, 1);
    const attributes = resource ? attributesAt(resource, 1) : {};
    const scopes = messagesAt(resourceSpans, 2);
    return scopes.flatMap((scope) => messagesAt(scope, 2).map((span) => spanOf(span, attributes)));
  });
}

function spanOf(span: Message, resource: Attributes): CollectedSpan {
  const [status] = messagesAt(span, 15);
  return {
    name: textAt(span, 5),
    traceId: bytesAt(span, 1).toString('hex'),
    spanId: bytesAt(span, 2).toString('hex'),
    parentSpanId: bytesAt(span, 4).toString('hex'),
    kind: numberAt(span, 6),
    startMs: numberAt(span, 7) / 1e6,
    endMs: numberAt(span, 8) / 1e6,
    status: status ? numberAt(status, 3) : 0,
    attributes: attributesAt(span, 9),
    events: messagesAt(span, 11).map((event) => ({ name: textAt(event, 2), attributes: attributesAt(event, 3) })),
    resource,
  };
}

function attributesAt(message: Message, field: number): Attributes {
  const pairs = messagesAt(message, field).map((pair) => [textAt(pair, 1), anyValueOf(messagesAt(pair, 2)[0])]);
  return Object.fromEntries(pairs);
}

function anyValueOf(value: Message | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.has(1)) return textAt(value, 1);
  if (value.has(2)) return numberAt(value, 2) === 1;
  if (value.has(3)) return numberAt(value, 3);
  if (value.has(4)) return doubleOf(value.get(4)?.[0] as bigint);
  return messagesAt(messagesAt(value, 5)[0] ?? new Map(), 1).map(anyValueOf);
}

function doubleOf(bits: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return bytes.readDoubleLE();
}

function messagesAt(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).map((bytes) => decode(bytes as Buffer));
}

function bytesAt(message: Message, field: number): Buffer {
  return (message.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
}

function textAt(message: Message, field: number): string {
  return bytesAt(message, field).toString('utf8');
}

function numberAt(message: Message, field: number): number {
  return Number(message.get(field)?.[0] ?? 0);
}

/** https://protobuf.dev/programming-guides/encoding/ */
function decode(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const read: Record<number, () => bigint | Buffer> = {
    0: varint,
    1: () => take(8).readBigUInt64LE(),
    2: () => take(Number(varint())),
    5: () => BigInt(take(4).readUInt32LE()),
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const value = read[key & 7]?.();
    if (value === undefined) throw new Error(`The collector cannot decode wire type ${key & 7}.`);
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}
