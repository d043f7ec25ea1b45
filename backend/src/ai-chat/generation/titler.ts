// Has the model name a conversation after its first reply. A title is a generation like others: bounded in time and
// length, counted with the replies that a user may have under way, and ended with its conversation. Nothing depends on it.
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { type EndEvent, isComplete, type StreamId, type Usage } from '@sillage/protocol';
import { AiService } from '../../ai/ai.service.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { ConversationChanges } from '../../conversations/conversation-changes.ts';
import type { ConversationKey } from '../../conversations/conversation-key.ts';
import { nameIn } from '../../conversations/title.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { describeFailure } from './describe-failure.ts';

const instruction =
  'Name this conversation in two to six words, in the language of its first message. Answer with the name alone: ' +
  'no quotes, no markup, no full stop.';
/** How much of the prompt and of the reply the model is shown, in UTF-16 units. */
const excerptLength = 1_000;
/** Room for a model that reasons first. */
const maxTokens = 300;
/** How much is read of a model that does not keep to that, in UTF-16 units of text and of reasoning. */
const longestText = 1_000;
const longestReasoning = 50_000;

/** One title under way. */
interface Naming {
  readonly key: ConversationKey;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

@Injectable()
export class Titler implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Titler.name);
  private readonly underWay = new Map<StreamId, Naming>();
  private isClosing = false;

  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    private readonly ai: AiService,
    private readonly conversations: ConversationService,
    private readonly changes: ConversationChanges,
  ) {}

  /** Names a conversation whose reply has ended, once, where the settings want it. Never rejects: the first words stay. */
  async afterReply(key: ConversationKey, streamId: StreamId, { finishReason }: EndEvent): Promise<void> {
    if (!this.options.hasModelTitles || !isComplete(finishReason) || this.isClosing) return;
    const abort = new AbortController();
    const ended = this.name(key, streamId, abort.signal)
      .catch((error) => this.logger.warn(`Title of stream ${streamId} failed: ${describeFailure(error)}`))
      .finally(() => this.underWay.delete(streamId));
    this.underWay.set(streamId, { key, abort, ended });
    await ended;
  }

  /** Ends the naming that follows a reply. */
  stop(streamId: StreamId): void {
    this.underWay.get(streamId)?.abort.abort();
  }

  /** Ends the naming of a conversation, or of all conversations of a user. */
  stopAll({ userId, sessionId }: { userId: string; sessionId?: string }): void {
    for (const { key, abort } of this.underWay.values()) {
      if (key.userId === userId && (sessionId === undefined || key.sessionId === sessionId)) abort.abort();
    }
  }

  /** Ends titles of a user who is about to start a reply, so that both together keep to the limit. */
  async makeRoom(userId: string): Promise<void> {
    const titles = [...this.underWay.values()].filter(({ key }) => key.userId === userId);
    if (titles.length === 0) return;
    const { active } = await this.store.countStarts(userId, Date.now());
    const tooMany = active + titles.length + 1 - this.options.streamsPerUser;
    for (const { abort } of titles.slice(0, Math.max(0, tooMany))) abort.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    for (const { abort } of this.underWay.values()) abort.abort();
    await Promise.all([...this.underWay.values()].map(({ ended }) => ended));
  }

  private async name(key: ConversationKey, streamId: StreamId, signal: AbortSignal): Promise<void> {
    if (!(await this.changes.claimTitle(key))) return;
    const question = await this.completionRequestOf(key, streamId);
    const { text, usage } = await this.ask(question, { userId: key.userId, streamId, signal });
    if (usage !== undefined) await this.store.addUsage(streamId, usage);
    const title = nameIn(text);
    if (title !== '' && !signal.aborted) await this.changes.nameByModel(key, title);
  }

  private async completionRequestOf(key: ConversationKey, streamId: StreamId): Promise<string> {
    const messages = (await this.conversations.find(key))?.messages ?? [];
    const reply = messages.find((message) => message.streamId === streamId);
    const prompt = messages.find(({ id }) => id === reply?.parentId);
    const excerptOf = (text = '') => text.slice(0, excerptLength).toWellFormed();
    return `${excerptOf(prompt?.content)}\n\n---\n\n${excerptOf(reply?.content)}`;
  }

  private async ask(question: string, { userId, streamId, signal }: Asker): Promise<Answer> {
    const messages = [
      { role: 'system' as const, content: instruction },
      { role: 'user' as const, content: question },
    ];
    const timeUp = AbortSignal.timeout(this.options.timings.titleMs);
    const read = { text: '', reasoning: '' };
    const events = this.ai.streamEvents(messages, userId, { maxTokens, signal: AbortSignal.any([signal, timeUp]) });
    for await (const event of events) {
      if (event.type === 'end') return { text: read.text, usage: event.usage };
      read[event.type] += event.text;
      if (read.text.length > longestText || read.reasoning.length > longestReasoning) {
        return { text: read.text, usage: undefined };
      }
    }
    if (timeUp.aborted) this.logger.warn(`Title of stream ${streamId} was given up: it took too long`);
    return { text: '', usage: undefined };
  }
}

interface Asker {
  readonly userId: string;
  readonly streamId: StreamId;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly text: string;
  readonly usage: Usage | undefined;
}
