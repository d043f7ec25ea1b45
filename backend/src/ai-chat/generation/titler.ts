// Requests a title for a conversation from the model after its first reply. A title request is limited in time and length,
// counts as an active reply of its user, and is aborted with its conversation. Nothing depends on its success.
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { type EndEvent, type FailureCode, isComplete, StreamError, type StreamId, type Usage } from '@sillage/protocol';
import { AiService } from '../../ai/ai.service.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { ConversationChanges } from '../../conversations/conversation-changes.ts';
import type { ConversationKey } from '../../conversations/conversation-key.ts';
import { nameIn } from '../../conversations/title.ts';
import { StreamDirectory } from '../../streams/stream-directory.ts';
import { TokenQuota } from '../../usage/token-quota.ts';
import { UsageDays } from '../../usage/usage-days.ts';
import { UsageMeter } from '../../usage/usage-meter.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { describeFailure } from './describe-failure.ts';

const instruction =
  'Name this conversation in two to six words, in the language of its first message. Answer with the name alone: ' +
  'no quotes, no markup, no full stop.';
/** Length of the excerpts of the prompt and the reply in the request, in UTF-16 units. */
const excerptLength = 1_000;
/** Includes room for a model that reasons first. */
const maxTokens = 300;
/** Maximum length that is read from a model that ignores the instruction or `maxTokens`, in UTF-16 units. */
const maxTextLength = 1_000;
const maxReasoningLength = 50_000;

/** A title request in progress. */
interface ActiveTitle {
  readonly key: ConversationKey;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

@Injectable()
export class Titler implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Titler.name);
  private readonly active = new Map<StreamId, ActiveTitle>();
  private isClosing = false;

  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly streams: StreamDirectory,
    private readonly ai: AiService,
    private readonly conversations: ConversationService,
    private readonly changes: ConversationChanges,
    private readonly meter: UsageMeter,
    private readonly usageDays: UsageDays,
    private readonly quota: TokenQuota,
  ) {}

  /** Titles a conversation after its first complete reply, if the settings enable it. Never rejects: without a title of the
   *  model the first words of the prompt stay. */
  async afterReply(key: ConversationKey, streamId: StreamId, { finishReason }: EndEvent): Promise<void> {
    if (!this.options.hasModelTitles || !isComplete(finishReason) || this.isClosing) return;
    const abort = new AbortController();
    const ended = this.writeTitle(key, streamId, abort.signal)
      .catch((error) => this.logger.warn(`Title of stream ${streamId} failed: ${describeFailure(error)}`))
      .finally(() => this.active.delete(streamId));
    this.active.set(streamId, { key, abort, ended });
    await ended;
  }

  /** Aborts the title request after a reply. */
  stop(streamId: StreamId): void {
    this.active.get(streamId)?.abort.abort();
  }

  /** Aborts the title request of a conversation, or those of all conversations of a user. */
  stopAll({ userId, sessionId }: { userId: string; sessionId?: string }): void {
    for (const { key, abort } of this.active.values()) {
      if (key.userId === userId && (sessionId === undefined || key.sessionId === sessionId)) abort.abort();
    }
  }

  /** Aborts title requests of a user who is about to start a reply, so that both together stay within the limit. */
  async makeRoom(userId: string): Promise<void> {
    const titles = [...this.active.values()].filter(({ key }) => key.userId === userId);
    if (titles.length === 0) return;
    const { active } = await this.streams.countStarts(userId, Date.now());
    const tooMany = active + titles.length + 1 - this.options.streamsPerUser;
    for (const { abort } of titles.slice(0, Math.max(0, tooMany))) abort.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    for (const { abort } of this.active.values()) abort.abort();
    await Promise.all([...this.active.values()].map(({ ended }) => ended));
  }

  private async writeTitle(key: ConversationKey, streamId: StreamId, signal: AbortSignal): Promise<void> {
    if (!(await this.changes.claimTitle(key))) return;
    const excerpts = await this.excerptsOf(key, streamId);
    const text = await this.requestTitle(excerpts, { userId: key.userId, streamId, signal });
    const title = nameIn(text);
    if (title !== '' && !signal.aborted) await this.changes.setModelTitle(key, title);
  }

  private async excerptsOf(key: ConversationKey, streamId: StreamId): Promise<string> {
    const messages = (await this.conversations.find(key, { limit: 50 }))?.messages ?? [];
    const reply = messages.find((message) => message.streamId === streamId);
    const prompt = messages.find(({ id }) => id === reply?.parentId);
    const excerptOf = (text = '') => text.slice(0, excerptLength).toWellFormed();
    return `${excerptOf(prompt?.content)}\n\n---\n\n${excerptOf(reply?.content)}`;
  }

  /** Returns the model's text, and adds what it used to the usage of the stream's user, whatever the outcome. */
  private async requestTitle(excerpts: string, { userId, streamId, signal }: TitleRequest): Promise<string> {
    const messages = [
      { role: 'system' as const, content: instruction },
      { role: 'user' as const, content: excerpts },
    ];
    const prompt = [instruction, excerpts];
    const charged = await this.quota.charge(streamId, userId, {
      texts: prompt,
      model: this.options.defaultModel,
      maxTokens,
    });
    if (charged === undefined) {
      this.logger.warn(`No title is requested for stream ${streamId}: no tokens are left today`);
      return '';
    }
    const timeUp = AbortSignal.timeout(this.options.timings.titleMs);
    const read: TitleReply = { text: '', reasoning: '' };
    const onUsage = (usage: Usage) => {
      read.partial = usage;
    };
    const options = { maxTokens, thinkTags: true, onUsage, signal: AbortSignal.any([signal, timeUp]) };
    try {
      for await (const event of this.ai.streamEvents(messages, userId, options)) {
        if (event.type === 'end') {
          read.usage = event.usage;
          return read.text;
        }
        read[event.type] += event.text;
        if (read.text.length > maxTextLength || read.reasoning.length > maxReasoningLength) return read.text;
      }
      if (timeUp.aborted) this.logger.warn(`Title of stream ${streamId} was aborted: it took too long`);
      return '';
    } catch (error) {
      read.code = error instanceof StreamError ? (error.code as FailureCode) : 'internal';
      throw error;
    } finally {
      await this.settle(streamId, read, { prompt, charged });
    }
  }

  /** Replaces what was charged by what was used. */
  private async settle(
    streamId: StreamId,
    { text, reasoning, usage, partial, code }: TitleReply,
    { prompt, charged }: { prompt: string[]; charged: Usage },
  ): Promise<void> {
    const model = this.options.defaultModel;
    const end = { finishReason: 'stop' as const, ...(usage && { usage }), ...(code && { code }) };
    const used = (await this.meter.measure(
      { parts: [text], reasoning: [reasoning] },
      { model, prompt, end, partial },
    )) ?? { promptTokens: 0, completionTokens: 0 };
    const rest = {
      ...used,
      promptTokens: used.promptTokens - charged.promptTokens,
      completionTokens: used.completionTokens - charged.completionTokens,
    };
    const addition = this.usageDays.addExtra(streamId, { model, usage: rest, at: Date.now() });
    await this.streams.addUsage(streamId, used, addition);
  }
}

interface TitleRequest {
  readonly userId: string;
  readonly streamId: StreamId;
  readonly signal: AbortSignal;
}

/** What has been read of the model's reply. */
interface TitleReply {
  text: string;
  reasoning: string;
  usage?: Usage | undefined;
  partial?: Usage | undefined;
  code?: FailureCode;
}
