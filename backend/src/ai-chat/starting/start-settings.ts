// The settings of a start: what it names itself, else what the user has set for the conversation, else the server's.
import { Inject, Injectable } from '@nestjs/common';
import type { ChatRequest } from '@sillage/protocol';
import { ConversationService, type ConversationState } from '../../conversations/conversation.service.ts';
import { allowedSettings, settingIssues } from '../../conversations/session-settings.ts';
import type { Statement } from '../../database/database.ts';
import { badFields } from '../../http/errors.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import type { PreparedChat } from '../hooks.ts';

@Injectable()
export class StartSettings {
  constructor(
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly conversations: ConversationService,
  ) {}

  /** Checks the settings that a request names.
   *  @throws {StreamError} `bad-request` with every one that the server does not allow. */
  check(request: ChatRequest): void {
    const issues = settingIssues(request, this.options);
    if (issues.length > 0) throw badFields(issues);
  }

  /** Reads the conversation of a start, and returns the request with its settings in place of those that it does not name. */
  async complete(userId: string, request: ChatRequest): Promise<{ completed: ChatRequest; state?: ConversationState }> {
    const { sessionId, ...named } = request;
    if (sessionId === undefined) return { completed: request };
    const state = await this.conversations.findState({ userId, sessionId });
    if (state.settings === undefined) return { completed: request, state };
    const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
    return { completed: { ...allowedSettings(state.settings, this.options), ...given, sessionId }, state };
  }

  /** Builds the statements that keep the system prompt of a start with its conversation; they must follow those of its turn. */
  keep(userId: string, sessionId: string | undefined, systemPrompt: string | undefined): Statement[] {
    if (sessionId === undefined || systemPrompt === undefined) return [];
    return [this.conversations.keepSystemPrompt({ userId, sessionId }, systemPrompt)];
  }

  /** Decides the system prompt and the temperature of the completion request: those of `prepare` win. `own` is what the reply is
   *  stored with. An absent system prompt is that of the server. */
  decide(
    request: ChatRequest,
    prepared: PreparedChat,
  ): { systemPrompt: string | undefined; temperature: number | undefined; own: OwnSettings } {
    const { temperature = request.temperature } = prepared;
    const systemPrompt = prepared.systemPrompt === undefined ? request.systemPrompt : undefined;
    return {
      systemPrompt: prepared.systemPrompt ?? (systemPrompt && joined(this.options.systemPrompt, systemPrompt)),
      temperature,
      own: {
        ...(temperature !== undefined && { temperature }),
        ...(systemPrompt !== undefined && { systemPrompt }),
      },
    };
  }
}

/** What a reply was requested with. */
interface OwnSettings {
  readonly temperature?: number;
  /** The user's, without the server's. */
  readonly systemPrompt?: string;
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('\n\n');
}
