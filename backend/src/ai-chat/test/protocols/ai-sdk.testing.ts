// A page on `useChat`, without React: the chat and the transport of each major version of the AI SDK that is supported.
import * as ai7 from 'ai';
import * as ai5 from 'ai5';
import * as ai6 from 'ai6';

export type UiMessage = ai7.UIMessage;
export type UiPart = ai7.UIMessageChunk;
type Sdk = typeof ai7;

/** The versions by name. Their types differ only in part types that the server does not send. */
export const versions: [string, Sdk][] = [
  ['ai 5', ai5 as unknown as Sdk],
  ['ai 6', ai6 as unknown as Sdk],
  ['ai 7', ai7],
];

/** Options of a page. `request` replaces the body that the transport sends. */
export interface PageOptions {
  readonly url: string;
  readonly token: () => Promise<string> | string;
  readonly id: string;
  readonly messages?: UiMessage[];
  readonly body?: Record<string, unknown>;
  readonly request?:
    | ((request: { id: string; messages: UiMessage[]; trigger: string; messageId?: string }) => object)
    | undefined;
}

/** What a page has received. */
export interface Page {
  readonly chat: InstanceType<Sdk['AbstractChat']>;
  readonly finished: { message: UiMessage; isError: boolean; isAbort: boolean }[];
  /** Every part received, after the version's own schema has accepted it. */
  readonly parts: UiPart[];
  /** The texts of the messages shown. */
  shown(): string[];
}

/** Opens a page: a `Chat` as `useChat` makes it, with the transport of that version. */
export function openPage(sdk: Sdk, { url, token, id, messages = [], body, request }: PageOptions): Page {
  const finished: Page['finished'] = [];
  const parts: UiPart[] = [];
  class RecordingTransport extends sdk.DefaultChatTransport<UiMessage> {
    protected override processResponseStream(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
      const record = new TransformStream<UiPart, UiPart>({
        transform(part, controller) {
          parts.push(part);
          controller.enqueue(part);
        },
      });
      return super.processResponseStream(stream).pipeThrough(record);
    }
  }
  const transport = new RecordingTransport({
    api: url,
    headers: async (): Promise<Record<string, string>> => ({ authorization: `Bearer ${await token()}` }),
    ...(body && { body }),
    ...(request && { prepareSendMessagesRequest: (prepared) => ({ body: request(prepared as never) }) }),
  });
  class PlainChat extends sdk.AbstractChat<UiMessage> {}
  const state = {
    messages,
    status: 'ready' as const,
    error: undefined,
    pushMessage: (message: UiMessage) => void state.messages.push(message),
    popMessage: () => void state.messages.pop(),
    replaceMessage: (index: number, message: UiMessage) => {
      state.messages = state.messages.with(index, structuredClone(message));
    },
    snapshot: <Thing>(thing: Thing): Thing => structuredClone(thing),
  };
  const chat = new PlainChat({
    id,
    transport,
    state,
    onFinish: ({ message, isError, isAbort }) => void finished.push({ message, isError, isAbort }),
  });
  return { chat, finished, parts, shown: () => chat.messages.map(textOf) };
}

/** Returns the text of a message. */
export function textOf({ parts }: UiMessage): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
