// Responses that may be large: a conversation is written while it is read, one part of a text at a time.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { DATABASE, type Database } from '../../database/database.ts';
import { takeOver } from '../../platform/adapters.ts';
import { ConversationService } from '../conversation.service.ts';
import type { ConversationKey } from '../conversation-key.ts';
import { type ExportedSession, exportHeaders, jsonItemsOf, jsonOf, markdownOf } from './conversation-export.ts';
import type { PageQuery } from './message-pages.ts';
import { MessageReader } from './message-reader.ts';
import { PacedWriter } from './paced-response.ts';

/** Limits of a download. */
export interface DownloadOptions {
  /** Maximum time during which the reader's socket may accept no byte before the connection is closed. */
  readonly slowReaderMs: number;
}

/** Injection token of the limits. */
export const DOWNLOAD_OPTIONS = Symbol('DownloadOptions');

@Injectable()
export class ConversationDownloads {
  private readonly logger = new Logger(ConversationDownloads.name);
  private readonly reader: MessageReader;
  private readonly writer: PacedWriter;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(DOWNLOAD_OPTIONS) options: DownloadOptions,
    private readonly conversations: ConversationService,
  ) {
    this.reader = new MessageReader(database.query);
    this.writer = new PacedWriter(options);
  }

  /** Writes a conversation as a file.
   *  @throws {StreamError} `not-found` or `storage`; nothing was written. */
  async writeExport(key: ConversationKey, format: 'markdown' | 'json', response: unknown): Promise<void> {
    const { activeStreamId: _, ...session } = await this.get(key);
    const items = jsonItemsOf(this.reader.all(key), this.reader);
    const chunks = format === 'json' ? jsonOf(session, items) : markdownOf(session, this.reader, key);
    await this.write(response, exportHeaders(session.title, format), chunks);
  }

  /** Writes a page of a conversation.
   *  @throws {StreamError} `not-found`, `storage`, or `bad-request` for an invalid `before`; nothing was written. */
  async writePage(key: ConversationKey, query: PageQuery, response: unknown): Promise<void> {
    const session = await this.get(key);
    const { heads, next } = await this.reader.page(key, { before: query.before, limit: query.limit ?? 200 });
    const items = jsonItemsOf(heads, this.reader, { hasReasoning: true });
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    await this.write(response, headers, jsonOf(session, items, next === undefined ? {} : { next }));
  }

  private async get(key: ConversationKey): Promise<ExportedSession> {
    const found = await this.conversations.findSummary(key);
    if (found === undefined) throw new StreamError('not-found', 'There is no such conversation.');
    return found;
  }

  private async write(
    response: unknown,
    headers: Readonly<Record<string, string>>,
    chunks: AsyncIterable<string>,
  ): Promise<void> {
    const node = takeOver(response);
    if (node.destroyed) return;
    for (const [name, value] of Object.entries({ 'Cache-Control': 'no-store', ...headers }))
      node.setHeader(name, value);
    try {
      await this.writer.write(node, chunks);
    } catch (error) {
      this.logger.error(`A download was cut off: ${error instanceof Error ? error.stack : error}`);
    }
  }
}
