// A TCP proxy that loses connections on purpose: the network between a reader and the server, in the hands of a test.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Says after how many bytes of the response the next connection is cut; undefined: never. */
export type CutAfterBytes = () => number | undefined;

/** A proxy on loopback, in front of one server. */
export interface CuttingProxy {
  readonly url: string;
  readonly port: number;
  /** Counts the connections taken so far. */
  readonly connections: number;
  /** Counts the connections that are open now. */
  readonly openConnections: number;
  /** Counts the connections that this proxy has cut. */
  readonly cuts: number;
  /** Decides the fate of connections from now on; open ones keep theirs. */
  setCutAfterBytes(cutAfterBytes: CutAfterBytes | undefined): void;
  /** Cuts every open connection; new ones are welcome. */
  cut(): void;
  /** Moves no byte any more, either way, while every connection stays up. */
  pause(): void;
  /** Cuts every connection and refuses new ones: the server is away. */
  refuse(): Promise<void>;
  /** Ends `pause` and `refuse`, on the same port. */
  resume(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a proxy in front of `target` (an address such as `http://127.0.0.1:3000`).
 *  `cutAfterBytes` is asked once a connection; both sides are destroyed when so many bytes have gone to the client. */
export async function startProxy(
  target: string,
  options: { cutAfterBytes?: CutAfterBytes } = {},
): Promise<CuttingProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const pairs = new Set<Pair>();
  const counts = { connections: 0, cuts: 0 };
  let { cutAfterBytes } = options;
  let paused = false;

  const server = createServer((client) => {
    counts.connections += 1;
    const pair = join(client, connect(Number(targetPort), hostname), {
      limit: cutAfterBytes?.() ?? Number.POSITIVE_INFINITY,
      onCut: () => (counts.cuts += 1),
    });
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    if (paused) pair.pause();
  });
  const listen = (port: number) => once(server.listen(port, '127.0.0.1'), 'listening');
  await listen(0);
  const { port } = server.address() as AddressInfo;

  const cut = () => {
    for (const pair of pairs) pair.cut();
  };
  const refuse = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return counts.connections;
    },
    get openConnections() {
      return pairs.size;
    },
    get cuts() {
      return counts.cuts;
    },
    setCutAfterBytes: (next) => {
      cutAfterBytes = next;
    },
    cut,
    pause: () => {
      paused = true;
      for (const pair of pairs) pair.pause();
    },
    refuse,
    resume: async () => {
      paused = false;
      for (const pair of pairs) pair.resume();
      if (!server.listening) await listen(port);
    },
    close: refuse,
    [Symbol.asyncDispose]: refuse,
  };
}

interface Pair {
  cut(): void;
  pause(): void;
  resume(): void;
}

function join(client: Socket, upstream: Socket, { limit, onCut }: { limit: number; onCut: () => void }): Pair {
  let left = limit;
  let isPaused = false;
  const destroy = () => {
    client.destroy();
    upstream.destroy();
  };
  const cut = () => {
    if (client.destroyed) return;
    onCut();
    destroy();
  };
  const forward = (from: Socket, to: Socket, bytes: string | Buffer) => {
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (!isPaused) from.resume();
    });
  };

  client.on('data', (bytes) => forward(client, upstream, bytes));
  upstream.on('data', (chunk) => {
    const bytes = chunk as Buffer; // no encoding is set
    left -= bytes.length;
    if (left > 0) return forward(upstream, client, bytes);
    upstream.pause();
    client.write(bytes.subarray(0, bytes.length + left), cut); // cut once the last bytes have left
  });
  client.once('end', () => upstream.end());
  upstream.once('end', () => client.end());
  for (const socket of [client, upstream]) socket.once('close', destroy).on('error', destroy);

  const both = (move: 'pause' | 'resume') => () => {
    isPaused = move === 'pause';
    client[move]();
    upstream[move]();
  };
  return { cut, pause: both('pause'), resume: both('resume') };
}
