// Exports a conversation as a file: Markdown with the most recently used branch, or JSON with all messages.
import type { SessionResponse } from '@sillage/protocol';
import type { ConversationKey } from '../conversation-key.ts';
import { sessionMessageOf } from '../session-message.ts';
import type { MessageHead, MessageReader } from './message-reader.ts';
import { trimSigns } from './trim-signs.ts';

/** A conversation without its messages. */
export type ExportedSession = Omit<SessionResponse, 'messages' | 'next'>;

/** Returns the headers of the file. Its name is given in ASCII and in Unicode (RFC 6266), and valid on every system. */
export function exportHeaders(title: string, format: 'markdown' | 'json'): Record<string, string> {
  const isJson = format === 'json';
  return {
    'Content-Type': isJson ? 'application/json; charset=utf-8' : 'text/markdown; charset=utf-8',
    'Content-Disposition': dispositionOf(title, isJson ? 'json' : 'md'),
  };
}

/** Yields the most recently used branch as Markdown. */
export async function* markdownOf(
  session: ExportedSession,
  reader: MessageReader,
  key: ConversationKey,
): AsyncGenerator<string> {
  yield `# ${session.title.replace(/\s+/g, ' ').replace(/([\\`*_[\]<>#])/g, '\\$1')}\n`;
  const branch: MessageHead[] = [];
  if (session.leafId !== undefined) for await (const head of reader.branch(key, session.leafId)) branch.push(head);
  for (const head of branch.reverse()) {
    const { role, model, createdAt } = sessionMessageOf({ ...head, content: '' });
    yield `\n## ${role === 'user' ? 'You' : (model ?? 'Assistant')}\n\n*${createdAt}*\n\n`;
    yield* quoted(reader, head);
    yield '\n';
  }
}

/** Yields messages as the items of a JSON array, with or without the reasoning of replies. */
export async function* jsonItemsOf(
  heads: AsyncIterable<MessageHead> | Iterable<MessageHead>,
  reader: MessageReader,
  { hasReasoning = false } = {},
): AsyncGenerator<string> {
  let separator = '\n';
  for await (const head of heads) {
    const { content: _, reasoningMs, ...message } = sessionMessageOf({ ...head, content: '' });
    const fields = { ...message, ...(hasReasoning && { reasoningMs }) };
    yield `${separator}${JSON.stringify(fields).slice(0, -1)}`;
    yield* jsonTextOf('content', reader.text(head));
    if (hasReasoning && head.reasoning_parts !== null) yield* jsonTextOf('reasoning', reader.reasoning(head));
    yield '}';
    separator = ',\n';
  }
}

async function* jsonTextOf(name: string, parts: AsyncIterable<string>): AsyncGenerator<string> {
  yield `,"${name}":"`;
  for await (const part of parts) yield JSON.stringify(part).slice(1, -1);
  yield '"';
}

/** Yields a conversation as JSON; the fields of `rest` follow its messages. */
export async function* jsonOf(
  session: ExportedSession,
  items: AsyncIterable<string>,
  rest: Record<string, unknown> = {},
): AsyncGenerator<string> {
  yield `${JSON.stringify(session).slice(0, -1)},"messages":[`;
  yield* items;
  const end = JSON.stringify(rest).slice(1, -1);
  yield `]${end === '' ? '' : `,${end}`}}\n`;
}

/** Quotes every line of a message, so that its text cannot form a heading of the file or end the quote. A message that
 *  may contain raw HTML, which a viewer might render, is a code block within the quote (docs/protocol.md §2.3). */
async function* quoted(reader: MessageReader, head: MessageHead): AsyncGenerator<string> {
  const prefix = (await holdsMarkup(reader, head)) ? '>     ' : '> ';
  let isAfterReturn = false; // a CRLF may be split between two parts
  yield prefix;
  for await (const part of reader.text(head)) {
    const text = isAfterReturn && part.startsWith('\n') ? part.slice(1) : part;
    isAfterReturn = part.endsWith('\r');
    yield text.replace(/\r\n|\r|\n/g, `\n${prefix}`);
  }
}

async function holdsMarkup(reader: MessageReader, head: MessageHead): Promise<boolean> {
  let last = '';
  for await (const part of reader.text(head)) {
    if (/<[a-z/!?]/i.test(last + part)) return true;
    last = part.slice(-1);
  }
  return false;
}

function dispositionOf(title: string, extension: string): string {
  const words = title
    .toWellFormed()
    .replace(/[\p{C}\\/:*?"<>|%;]+/gu, ' ')
    .replace(/\s+/g, ' ');
  const name = trimSigns(words, '. ').slice(0, 80).toWellFormed();
  const plain = name
    .normalize('NFKD')
    .replace(/[^\w .()-]/g, '')
    .trim();
  const encoded = encodeURIComponent(name || 'conversation').replace(/['()*]/g, (sign) => `%${hex(sign)}`);
  return `attachment; filename="${plain || 'conversation'}.${extension}"; filename*=UTF-8''${encoded}.${extension}`;
}

function hex(sign: string): string {
  return sign.charCodeAt(0).toString(16).toUpperCase();
}
