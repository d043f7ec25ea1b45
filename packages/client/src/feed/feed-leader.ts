// Which tab holds the connection: the one that has the lock. It tells the others what it hears; when it closes, the lock
// goes to another, which resumes behind the last event that it was told of. Repeats are harmless, gaps are not.

/** Is what `navigator.locks` gives, as far as it is needed. */
export type Locks = Pick<LockManager, 'request'>;

/** Is what a `BroadcastChannel` gives, as far as it is needed. */
export type Channel = Pick<BroadcastChannel, 'postMessage' | 'addEventListener' | 'close'>;

/** Says who takes part, and what to do. */
export interface Leading<Message> {
  /** Names those who share the connection. */
  readonly name: string;
  /** Without both of them, there is nobody to share with. */
  readonly locks: Locks | undefined;
  readonly channel: ((name: string) => Channel) | undefined;
  /** Works while it leads; ends when `signal` aborts. */
  readonly lead: (tell: (message: Message) => void, signal: AbortSignal) => Promise<void>;
  /** Gets what the leader tells; never its own words. */
  readonly hear: (message: Message) => void;
  /** Gives what a new tab must know; asked of the leader. */
  readonly introduce: () => Message;
  readonly signal: AbortSignal;
}

/** Leads, or follows until it leads. Ends when `signal` aborts. */
export async function takePart<Message>(leading: Leading<Message>): Promise<void> {
  const { name, locks, channel, lead, signal } = leading;
  if (!locks || !channel) return lead(() => {}, signal);
  const line = channel(name);
  let isLeader = false;
  line.addEventListener('message', ({ data }: MessageEvent<Spoken<Message>>) => {
    if (isLeader && data === 'hello') line.postMessage({ told: leading.introduce() });
    else if (!isLeader && typeof data === 'object') leading.hear(data.told);
  });
  line.postMessage('hello');
  try {
    await locks.request(name, { signal }, async () => {
      isLeader = true;
      await lead((told) => line.postMessage({ told }), signal);
    });
  } catch {
    if (!signal.aborted && !isLeader) await lead(() => {}, signal); // locks that this page may not use
  } finally {
    line.close();
  }
}

/** Is what goes over the channel: a new tab asks, the leader tells. */
type Spoken<Message> = 'hello' | { readonly told: Message };
