// The texts of the page. There is one table per language; the type ensures that each is complete.
import type { FinishReason, StreamErrorCode } from '@sillage/protocol';
import type { LiveReply, ReplyStatus } from '../conversation/reply-status.ts';
import type { Theme } from '../settings/useTheme.ts';
import type { ListProblem } from '../sidebar/list-state.ts';

/** A suggestion on the empty page: its title, its description, and the message that it sends. */
interface Opening {
  readonly title: string;
  readonly detail: string;
  readonly message: string;
}

/** The texts of one language. */
export interface Messages {
  readonly skipToComposer: string;
  readonly newConversation: string;
  readonly signOut: string;
  readonly otherLanguage: string;
  readonly theme: Readonly<Record<Theme, string>>;
  readonly broken: {
    readonly title: string;
    readonly line: string;
    readonly reload: string;
    readonly startOver: string;
  };
  readonly conversation: string;
  readonly you: string;
  readonly reply: string;
  readonly code: string;
  readonly shownAsSource: string;
  readonly wrapCode: string;
  readonly downloadCode: string;
  readonly copyCode: string;
  readonly table: string;
  readonly task: { readonly done: string; readonly open: string };
  readonly showPicture: (host: string) => string;
  readonly pictureFailed: (host: string) => string;
  readonly copy: string;
  readonly copied: string;
  readonly close: string;
  readonly cancel: string;
  readonly jumpToNewest: string;
  readonly loading: string;
  readonly status: Readonly<Record<Exclude<ReplyStatus, 'told-to-wait'>, string>>;
  readonly reasoning: {
    readonly running: string;
    readonly ended: string;
    readonly endedAfter: (duration: string) => string;
  };
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
    readonly noFiles: string;
    readonly tooLong: (length: number, limit: number) => string;
  };
  readonly queued: {
    readonly label: string;
    readonly edit: string;
    readonly cancel: string;
    readonly stopAndSend: string;
  };
  readonly welcome: {
    readonly title: string;
    readonly line: string;
    readonly demoTitle: string;
    /** Three parts of a sentence; the names of two settings are inserted between them. */
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
  /** The dialog for a link that contains the token of another person. */
  readonly switchPerson: {
    readonly title: string;
    readonly line: (current: string, other: string) => string;
    readonly accept: (other: string) => string;
    readonly decline: (current: string) => string;
  };
  readonly remedy: {
    readonly retry: string;
    readonly reconnect: string;
    readonly edit: string;
    readonly newConversation: string;
    readonly signIn: string;
    readonly waitFirst: (seconds: number) => string;
    readonly tryAfter: (time: string) => string;
  };
  readonly unreadable: string;
  readonly older: string;
  /** Shown if the open conversation was deleted elsewhere. */
  readonly deleted: string;
  readonly untitled: string;
  readonly list: {
    readonly label: string;
    readonly show: string;
    readonly hide: string;
    readonly search: string;
    readonly clearSearch: string;
    readonly none: string;
    readonly noneDetail: string;
    readonly noneFound: (search: string) => string;
    readonly found: (count: number) => string;
    readonly loading: string;
    readonly unreadable: string;
    readonly more: string;
    readonly underWay: string;
    readonly options: (title: string) => string;
    readonly rename: string;
    readonly title: string;
    readonly exportMarkdown: string;
    readonly exportJson: string;
    readonly remove: string;
    readonly removed: (title: string) => string;
    readonly undo: string;
    readonly problem: Readonly<Record<ListProblem, string>>;
  };
  readonly message: {
    readonly edit: string;
    readonly edited: string;
    readonly sendEdited: string;
    readonly copyPrompt: string;
    readonly regenerate: string;
    readonly details: string;
    readonly previous: string;
    readonly next: string;
    /** Position of the shown version among several. */
    readonly version: (position: number, count: number) => string;
  };
  readonly details: {
    readonly model: string;
    readonly promptTokens: string;
    readonly completionTokens: string;
    readonly end: string;
    readonly at: string;
    readonly unknown: string;
    readonly finishReason: Readonly<Record<FinishReason, string>>;
  };
  readonly model: string;
  readonly connection: { readonly offline: string; readonly reconnecting: string; readonly back: string };
  readonly settings: {
    readonly title: string;
    readonly appearance: string;
    readonly themes: Readonly<Record<Theme, string>>;
    readonly language: string;
    readonly keys: string;
    readonly keysDetail: string;
    readonly data: string;
    readonly dataDetail: string;
    readonly erase: string;
    readonly eraseWarning: string;
    /** The word to type before everything is erased, and the prompt for it. */
    readonly eraseWord: string;
    readonly typeEraseWord: (word: string) => string;
    readonly eraseNow: string;
  };
  readonly shortcuts: {
    readonly title: string;
    readonly write: string;
    readonly search: string;
    readonly stop: string;
    readonly fresh: string;
    readonly toggleList: string;
    readonly undo: string;
    readonly move: string;
    readonly rename: string;
    readonly remove: string;
    readonly help: string;
    readonly keys: { readonly ctrl: string; readonly shift: string; readonly escape: string; readonly remove: string };
    readonly inList: string;
    readonly everywhere: string;
  };
  /** What happened and what to do about it, for every error code of the protocol. */
  readonly errors: Readonly<Record<StreamErrorCode, string>>;
}

/** Returns the text of a reply's status. */
export function statusWords(messages: Messages, { status, retryAfter = 0 }: LiveReply): string {
  return status === 'told-to-wait' ? messages.toldToWait(retryAfter) : messages.status[status];
}
