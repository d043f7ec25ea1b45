// A TCP proxy that loses connections on demand, between a client and a server or between a server and its databases.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Returns after how many bytes of the response the next connection is cut; undefined: never. */
export type CutAfterBytes = () => number | undefined;

/** Direction of the traffic: bytes from the client, from the server, or both. */
export type Direction = 'to-server' | 'to-client' | 'both';

/** A proxy on loopback, in front of one server. */
export interface CuttingProxy {
  /** The target's address, with host and port of this proxy. */
  readonly url: string;
  readonly port: number;
  /** Number of connections accepted so far. */
  readonly connections: number;
  /** Number of open connections. */
  readonly openConnections: number;
  /** Number of connections that this proxy has cut. */
  readonly cuts: number;
  /** Sets the cut of future connections; open ones keep theirs. */
  setCutAfterBytes(cutAfterBytes: CutAfterBytes | undefined): void;
  /** Cuts every open connection; new ones are accepted. */
  cut(): void;
  /** Sends new connections to another server; open ones keep theirs. */
  setTarget(target: string): void;
  /** Forwards no more bytes, in both directions or in one, while every connection stays open. Held bytes are
   *  forwarded later, or lost by `cut`. */
  pause(direction?: Direction): void;
  /** Cuts every connection and rejects new ones, as if the server were down. */
  refuse(): Promise<void>;
  /** Ends `pause` and `refuse`, on the same port. */
  resume(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a proxy in front of `target`, an address with a port: `http://127.0.0.1:3000`, `redis://127.0.0.1:6379`.
 *  `cutAfterBytes` is called once per connection; both sides are destroyed when that many bytes have been sent to
 *  the client. */
export async function startProxy(
  target: string,
  options: { cutAfterBytes?: CutAfterBytes } = {},
): Promise<CuttingProxy> {
  const pairs = new Set<Pair>();
  const counts = { connections: 0, cuts: 0 };
  let { cutAfterBytes } = options;
  let address = new URL(target);
  let paused: Direction | undefined;

  const server = createServer((client) => {
    counts.connections += 1;
    const pair = join(client, connect(Number(address.port), address.hostname), {
      limit: cutAfterBytes?.() ?? Number.POSITIVE_INFINITY,
      onCut: () => (counts.cuts += 1),
    });
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    if (paused) pair.pause(paused);
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
    url: target.replace(address.host, `127.0.0.1:${port}`),
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
    setTarget: (next) => {
      address = new URL(next);
    },
    cut,
    pause: (direction = 'both') => {
      paused = direction;
      for (const pair of pairs) pair.pause(direction);
    },
    refuse,
    resume: async () => {
      paused = undefined;
      for (const pair of pairs) pair.resume();
      if (!server.listening) await listen(port);
    },
    close: refuse,
    [Symbol.asyncDispose]: refuse,
  };
}

interface Pair {
  cut(): void;
  pause(direction: Direction): void;
  resume(): void;
}

function join(client: Socket, upstream: Socket, { limit, onCut }: { limit: number; onCut: () => void }): Pair {
  let left = limit;
  const held = new Set<Socket>();
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
      if (!held.has(from)) from.resume();
    });
  };

  client.on('data', (bytes) => forward(client, upstream, bytes));
  upstream.on('data', (chunk) => {
    const bytes = chunk as Buffer; // no encoding is set
    left -= bytes.length;
    if (left > 0) return forward(upstream, client, bytes);
    upstream.pause();
    client.write(bytes.subarray(0, bytes.length + left), cut); // cut once the last bytes have been sent
  });
  client.once('end', () => upstream.end());
  upstream.once('end', () => client.end());
  for (const socket of [client, upstream]) socket.once('close', destroy).on('error', destroy);

  const hold = (socket: Socket) => {
    held.add(socket);
    socket.pause();
  };
  const pause = (direction: Direction) => {
    if (direction !== 'to-client') hold(client);
    if (direction !== 'to-server') hold(upstream);
  };
  const resume = () => {
    for (const socket of held) socket.resume();
    held.clear();
  };
  return { cut, pause, resume };
}
