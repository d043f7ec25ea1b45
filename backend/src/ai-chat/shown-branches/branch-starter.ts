// Starts the reply to a branch that a client shows (docs/ai-sdk.md, "Whose history"). The stored conversation is the context:
// the client's messages say where in it the new one belongs, and their texts are not used.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { StreamError, type StreamId } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import type { ConversationKey } from '../../conversations/conversation-key.ts';
import { Branches, type MessageWithText, type PlacedMessage } from '../../conversations/reading/branches.ts';
import { ConversationScopes } from '../../conversations/scopes/conversation-scopes.ts';
import { badField } from '../../http/errors.ts';
import { chatRequestSchema, parseChat } from '../starting/chat-request.dto.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import type { ShownBranch, ShownMessage } from './shown-branch.ts';

@Injectable()
export class BranchStarter {
  constructor(
    private readonly userStreams: UserStreamsService,
    private readonly branches: Branches,
    private readonly conversations: ConversationService,
    private readonly scopes: ConversationScopes,
  ) {}

  /** Starts the reply, or finds the one that the same message has already started.
   *  @throws {StreamError} when the request is not allowed; `conflict` when the conversation has other messages. */
  async start(user: User, branch: ShownBranch): Promise<StreamId> {
    await this.scopes.check(user, branch.sessionId);
    const last = branch.messages.at(-1);
    if (branch.trigger === 'submit') return this.submit(user, branch, last);
    const key = { userId: user.id, sessionId: branch.sessionId };
    const isPrompt = last?.role === 'user';
    const prompt = isPrompt ? await this.findShown(key, last) : await this.findPrompt(key, branch.messageId);
    if (prompt !== undefined) return this.regenerate(user, branch, prompt);
    if (isPrompt) return this.submit(user, branch, last); // its start was rejected
    throw otherHistory();
  }

  private async submit(user: User, branch: ShownBranch, shown: ShownMessage | undefined): Promise<StreamId> {
    if (shown?.role !== 'user') throw badField('messages', 'must end with a message of the user');
    const { sessionId, fields } = branch;
    const key = { userId: user.id, sessionId };
    const isEdit = branch.messageId === shown.id;
    const replaced = await this.branches.find(key, shown.id);
    const stored = await this.findShown(key, shown, replaced);
    if (stored !== undefined) {
      const latest = (await this.branches.replies(key, stored)).at(-1);
      const isRepetition = latest?.streamId !== undefined && !(isEdit && latest.isEnded);
      return isRepetition ? latest.streamId : this.regenerate(user, branch, stored);
    }
    const parentId = await this.findParent(key, branch.messages, replaced);
    const messageId = replaced === undefined ? shown.id : idOfEdit(shown);
    const request = { ...fields, sessionId, message: shown.text, messageId, parentId };
    return this.userStreams.start(user, parseChat(chatRequestSchema, request), {
      key: hashOf(['message', sessionId, messageId]),
    });
  }

  /** Starts another reply to a message. Two requests while the same replies have ended are one start. */
  private async regenerate(user: User, { sessionId, fields }: ShownBranch, prompt: PlacedMessage): Promise<StreamId> {
    const replies = await this.branches.replies({ userId: user.id, sessionId }, prompt);
    const request = parseChat(chatRequestSchema, { ...fields, sessionId, regenerate: replies[0]?.id });
    const ended = replies.filter(({ isEnded }) => isEnded).length;
    return this.userStreams.start(user, request, { key: hashOf(['regenerate', prompt.serverId, ended, request]) });
  }

  /** Finds the message that a new one follows. `undefined`: the last one of the branch last used.
   *  @throws {StreamError} `conflict` when the client shows a branch that is not stored. */
  private async findParent(
    key: ConversationKey,
    messages: readonly ShownMessage[],
    replaced: PlacedMessage | undefined,
  ): Promise<string | null | undefined> {
    // A greeting that only the page has is no part of the conversation.
    const first = messages.findIndex(({ role }) => role === 'user');
    const earlier = messages.slice(first, -1);
    const last = earlier.at(-1);
    if (last === undefined) return replaced && (replaced.parentId ?? null);
    const parent = await this.findShown(key, last);
    if (parent === undefined || !(await this.endsWith(key, parent, earlier))) throw otherHistory();
    return parent.id;
  }

  /** Whether the stored branch up to `end` ends with the messages that the client shows. */
  private async endsWith(key: ConversationKey, end: PlacedMessage, shown: readonly ShownMessage[]): Promise<boolean> {
    let index = shown.length;
    for await (const head of this.branches.heads(key, end.id)) {
      const message = shown[--index];
      if (message === undefined) return true;
      const ids = message.role === 'user' ? [message.id, idOfEdit(message)] : [message.id];
      if (!ids.includes(head.client_id ?? head.message_id)) return false;
    }
    return index <= 0;
  }

  /** Finds the stored form of a message that the client shows: under its id, or as an edit of the message with its id. */
  private async findShown(
    key: ConversationKey,
    shown: ShownMessage,
    named?: MessageWithText,
  ): Promise<PlacedMessage | undefined> {
    const stored = named ?? (await this.branches.find(key, shown.id));
    if (stored !== undefined && stored.role !== shown.role) throw otherHistory();
    if (stored === undefined || shown.role === 'assistant' || stored.content === shown.text) return stored;
    return this.branches.find(key, idOfEdit(shown));
  }

  /** Finds the message whose reply has this id or, without one, is the last of the branch last used. */
  private async findPrompt(key: ConversationKey, messageId: string | undefined): Promise<PlacedMessage | undefined> {
    const id = messageId ?? (await this.conversations.findState(key)).leafId;
    const message = id === undefined ? undefined : await this.branches.find(key, id);
    return message?.parentId === undefined || message.role === 'user'
      ? message
      : this.branches.find(key, message.parentId);
  }
}

function otherHistory(): StreamError {
  return new StreamError(
    'conflict',
    'The server has other messages of this conversation than this page shows. Load the conversation again.',
  );
}

/** Returns the id of an edited message, which has the id of the original in the client. */
function idOfEdit({ id, text }: ShownMessage): string {
  return `edit-${hashOf([id, text]).slice(0, 32)}`;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
