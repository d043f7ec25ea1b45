// Responses that may be large: a conversation is written while it is read, one part of a text at a time.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Response } from 'express';
import { DATABASE, type Database } from '../database/database.ts';
import { ConversationService } from './conversation.service.ts';
import { type ExportedSession, exportHeaders, jsonItemsOf, jsonOf, markdownOf } from './conversation-export.ts';
import type { ConversationKey } from './conversation-key.ts';
import type { PageQuery } from './message-pages.ts';
import { MessageReader } from './message-reader.ts';
import { writePaced } from './paced-response.ts';

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

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(DOWNLOAD_OPTIONS) private readonly options: DownloadOptions,
    private readonly conversations: ConversationService,
  ) {
    this.reader = new MessageReader(database.query);
  }

  /** Writes a conversation as a file.
   *  @throws {StreamError} `not-found` or `storage`; nothing was written. */
  async writeExport(key: ConversationKey, format: 'markdown' | 'json', response: Response): Promise<void> {
    const { activeStreamId: _, ...session } = await this.get(key);
    response.set(exportHeaders(session.title, format));
    const items = jsonItemsOf(this.reader.all(key), this.reader);
    await this.write(response, format === 'json' ? jsonOf(session, items) : markdownOf(session, this.reader, key));
  }

  /** Writes a page of a conversation.
   *  @throws {StreamError} `not-found`, `storage`, or `bad-request` for an invalid `before`; nothing was written. */
  async writePage(key: ConversationKey, query: PageQuery, response: Response): Promise<void> {
    const session = await this.get(key);
    const { heads, next } = await this.reader.page(key, { before: query.before, limit: query.limit ?? 200 });
    response.set('Content-Type', 'application/json; charset=utf-8');
    const items = jsonItemsOf(heads, this.reader);
    await this.write(response, jsonOf(session, items, next === undefined ? {} : { next }));
  }

  private async get(key: ConversationKey): Promise<ExportedSession> {
    const found = await this.conversations.findSummary(key);
    if (found === undefined) throw new StreamError('not-found', 'There is no such conversation.');
    return found;
  }

  private async write(response: Response, chunks: AsyncIterable<string>): Promise<void> {
    try {
      await writePaced(response, chunks, this.options);
    } catch (error) {
      this.logger.error(`A download was cut off: ${error instanceof Error ? error.stack : error}`);
    }
  }
}
