// Which tab holds the connection: the one that has the lock. It broadcasts what it receives; when it closes, another tab
// gets the lock and resumes after the last message that it received. Repeats are harmless, gaps are not.

/** The part of `navigator.locks` that is used. */
export type Locks = Pick<LockManager, 'request'>;

/** The part of a `BroadcastChannel` that is used. */
export type Channel = Pick<BroadcastChannel, 'postMessage' | 'addEventListener' | 'close'>;

/** Inputs for sharing a connection between tabs. */
export interface SharedConnectionOptions<Message> {
  /** Identifies the tabs that share the connection. */
  readonly name: string;
  /** Without locks or a channel, each tab has its own connection. */
  readonly locks: Locks | undefined;
  readonly channel: ((name: string) => Channel) | undefined;
  /** Holds the connection while this tab leads; returns when `signal` aborts. */
  readonly lead: (broadcast: (message: Message) => void, signal: AbortSignal) => Promise<void>;
  /** Receives what the leader broadcasts; never this tab's own messages. */
  readonly onMessage: (message: Message) => void;
  /** The message that brings a new tab up to date; called on the leader. */
  readonly currentMessage: () => Message;
  readonly signal: AbortSignal;
}

/** Follows the leader until this tab leads itself. Returns when `signal` aborts. */
export async function shareConnection<Message>(options: SharedConnectionOptions<Message>): Promise<void> {
  const { name, locks, channel: open, lead, signal } = options;
  if (!locks || !open) return lead(() => {}, signal);
  const channel = open(name);
  let isLeader = false;
  channel.addEventListener('message', ({ data }: MessageEvent<Posted<Message>>) => {
    if (isLeader && data === 'hello') channel.postMessage({ message: options.currentMessage() });
    else if (!isLeader && typeof data === 'object') options.onMessage(data.message);
  });
  channel.postMessage('hello');
  try {
    await locks.request(name, { signal }, async () => {
      isLeader = true;
      await lead((message) => channel.postMessage({ message }), signal);
    });
  } catch {
    if (!signal.aborted && !isLeader) await lead(() => {}, signal); // this page may not use locks
  } finally {
    channel.close();
  }
}

/** What tabs post: a new tab says hello, the leader broadcasts. */
type Posted<Message> = 'hello' | { readonly message: Message };
