// The `Chat` class of each version of the AI SDK, with what the tests use of it.
import { Chat as Chat7 } from '@ai-sdk/react';
import type { ReplyMetadata, SillageTransport } from '@sillage/client/ai-sdk';
import { Chat as Chat5 } from 'ai-sdk-react2';
import { Chat as Chat6 } from 'ai-sdk-react3';
import { vi } from 'vitest';

/** One message of a chat. */
export interface ChatMessage {
  readonly id: string;
  readonly role: string;
  readonly metadata?: ReplyMetadata;
  readonly parts: ReadonlyArray<{ readonly type: string; readonly text?: string; readonly state?: string }>;
}

/** How a reply of a chat finished. */
export interface ChatFinish {
  readonly message: ChatMessage;
  readonly isAbort: boolean;
  readonly isError: boolean;
  readonly finishReason?: string;
}

/** A chat of any version. */
export interface AnyChat {
  messages: readonly ChatMessage[];
  readonly status: string;
  readonly error: (Error & { code?: string }) | undefined;
  sendMessage(message?: { text: string; messageId?: string } | ChatMessage, options?: { body?: object }): Promise<void>;
  regenerate(options?: { messageId?: string }): Promise<void>;
  resumeStream(): Promise<void>;
  stop(): Promise<void>;
}

type ChatClass = new (options: {
  id: string;
  transport: SillageTransport;
  messages?: readonly ChatMessage[];
  onFinish?: (finish: ChatFinish) => void;
}) => AnyChat;

/** The classes by the major version of `ai`. */
export const chatClasses: ReadonlyArray<readonly [number, ChatClass]> = [
  [5, Chat5 as unknown as ChatClass],
  [6, Chat6 as unknown as ChatClass],
  [7, Chat7 as unknown as ChatClass],
];

/** Returns the text of a message, which is in one part at most. */
export function textOf(message: ChatMessage | undefined): string {
  const texts = message?.parts.filter(({ type }) => type === 'text') ?? [];
  if (texts.length > 1) throw new Error(`The text is in ${texts.length} parts`);
  return texts[0]?.text ?? '';
}

/** Resolves once the last message of a chat has this text. */
export function waitForText(chat: AnyChat, text: string): Promise<void> {
  const wait = { timeout: 60_000, interval: 5 };
  return vi.waitFor(() => {
    if (textOf(chat.messages.at(-1)) !== text) throw new Error(`The text is ${textOf(chat.messages.at(-1))}`);
  }, wait);
}
