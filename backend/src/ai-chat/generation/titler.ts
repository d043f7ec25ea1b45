// Has the model name a conversation after its first reply. Nobody waits for it, and nothing depends on it.
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type EndEvent, isComplete, type StreamId, type Usage } from '@sillage/protocol';
import { AiService } from '../../ai/ai.service.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { ConversationChanges } from '../../conversations/conversation-changes.ts';
import type { ConversationKey } from '../../conversations/conversation-key.ts';
import { titleOf } from '../../conversations/title.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';

const instruction =
  'Name this conversation in two to six words, in the language of its first message. Answer with the name alone: ' +
  'no quotes, no markup, no full stop.';
/** So much of the prompt and of the reply is shown to the model, in UTF-16 units. */
const excerptLength = 1_000;
/** Room for a model that reasons first. */
const maxTokens = 300;

@Injectable()
export class Titler implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();

  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    private readonly ai: AiService,
    private readonly conversations: ConversationService,
    private readonly changes: ConversationChanges,
  ) {}

  /** Names a conversation whose reply has ended, once, where the settings want it. Never rejects: the first words stay. */
  async afterReply(key: ConversationKey, streamId: StreamId, { finishReason }: EndEvent): Promise<void> {
    if (!this.options.hasModelTitles || !isComplete(finishReason)) return;
    try {
      if (!(await this.changes.claimTitle(key))) return;
      const question = await this.completionRequestOf(key, streamId);
      const { text, usage } = await this.ask(question, key.userId);
      if (usage !== undefined) await this.store.addUsage(streamId, usage);
      const title = nameIn(text);
      if (title !== '') await this.changes.nameByModel(key, title);
    } catch {
      // the first words are a name too
    }
  }

  beforeApplicationShutdown(): void {
    this.closing.abort();
  }

  private async completionRequestOf(key: ConversationKey, streamId: StreamId): Promise<string> {
    const messages = (await this.conversations.find(key))?.messages ?? [];
    const reply = messages.find((message) => message.streamId === streamId);
    const prompt = messages.find(({ id }) => id === reply?.parentId);
    const excerptOf = (text = '') => text.slice(0, excerptLength).toWellFormed();
    return `${excerptOf(prompt?.content)}\n\n---\n\n${excerptOf(reply?.content)}`;
  }

  private async ask(question: string, userId: string): Promise<{ text: string; usage: Usage | undefined }> {
    const messages = [
      { role: 'system' as const, content: instruction },
      { role: 'user' as const, content: question },
    ];
    let text = '';
    for await (const event of this.ai.streamEvents(messages, userId, { maxTokens, signal: this.closing.signal })) {
      if (event.type === 'text') text += event.text;
      else if (event.type === 'end') return { text, usage: event.usage };
    }
    return { text: '', usage: undefined };
  }
}

/** Takes a name out of what the model said. */
function nameIn(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return titleOf(line.replace(/^[\s#*_"'`«“”]+|[\s*_"'`»“”.]+$/g, ''));
}
