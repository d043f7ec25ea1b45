// Everything the page says. One table a language; the type keeps them complete.
import type { StreamErrorCode } from '@sillage/protocol';
import type { LiveReply, ReplyStatus } from '../conversation/reply-status.ts';
import type { Theme } from '../hooks/useTheme.ts';

/** Is a suggestion of the first visit: what it is called, why to click it, and what is sent. */
interface Opening {
  readonly title: string;
  readonly detail: string;
  readonly message: string;
}

/** Is one language of the page. */
export interface Messages {
  readonly skipToComposer: string;
  readonly newConversation: string;
  readonly signOut: string;
  readonly otherLanguage: string;
  readonly theme: Readonly<Record<Theme, string>>;
  readonly conversation: string;
  readonly you: string;
  readonly reply: string;
  readonly code: string;
  readonly copy: string;
  readonly copied: string;
  readonly jumpToNewest: string;
  readonly loading: string;
  readonly status: Readonly<Record<Exclude<ReplyStatus, 'told-to-wait'>, string>>;
  readonly toldToWait: (seconds: number) => string;
  readonly said: { readonly started: string; readonly finished: string; readonly failed: string };
  readonly composer: {
    readonly label: string;
    readonly placeholder: string;
    readonly send: string;
    readonly stop: string;
    readonly keys: string;
    readonly keysWhileStreaming: string;
    readonly demo: string;
    readonly tooLong: (length: number, limit: number) => string;
  };
  readonly welcome: {
    readonly title: string;
    readonly line: string;
    readonly demoTitle: string;
    /** The two settings stand between these three parts. */
    readonly demo: readonly [string, string, string];
    readonly openings: string;
    readonly opening: readonly [Opening, Opening, Opening];
    readonly continueLast: string;
  };
  readonly signIn: {
    readonly title: string;
    readonly line: string;
    readonly expired: string;
    readonly how: string;
    readonly label: string;
    readonly submit: string;
    readonly malformed: string;
  };
  readonly remedy: {
    readonly retry: string;
    readonly reconnect: string;
    readonly edit: string;
    readonly newConversation: string;
    readonly signIn: string;
    readonly waitFirst: (seconds: number) => string;
  };
  readonly unreadable: string;
  /** Says what happened and what to do about it, for every code of the protocol. */
  readonly errors: Readonly<Record<StreamErrorCode, string>>;
}

/** Says where a reply stands. */
export function statusWords(messages: Messages, { status, retryAfter = 0 }: Omit<LiveReply, 'text'>): string {
  return status === 'told-to-wait' ? messages.toldToWait(retryAfter) : messages.status[status];
}
