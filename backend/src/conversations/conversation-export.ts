// A conversation as a file: Markdown to be read, with the branch last used; JSON with all there is.
import type { MessageAnswer, SessionAnswer } from '@sillage/protocol';
import { trimSigns } from './trim-signs.ts';

/** Is a file for download. */
export interface ExportedFile {
  readonly contentType: string;
  /** The whole header: a name that every system takes, in ASCII and in full (RFC 6266). */
  readonly contentDisposition: string;
  readonly body: string;
}

/** Writes a whole conversation in a format. */
export function exportOf(session: SessionAnswer, format: 'markdown' | 'json'): ExportedFile {
  const isJson = format === 'json';
  return {
    contentType: isJson ? 'application/json; charset=utf-8' : 'text/markdown; charset=utf-8',
    contentDisposition: dispositionOf(session.title, isJson ? 'json' : 'md'),
    body: isJson ? jsonOf(session) : markdownOf(session),
  };
}

/** Returns the messages from the first to the end of the branch last used. */
function branchOf({ messages, leafId }: SessionAnswer): MessageAnswer[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: MessageAnswer[] = [];
  for (let message = byId.get(leafId ?? ''); message !== undefined; message = byId.get(message.parentId ?? '')) {
    branch.push(message);
    byId.delete(message.id);
  }
  return branch.reverse();
}

function markdownOf(session: SessionAnswer): string {
  const title = session.title.replace(/\s+/g, ' ').replace(/([\\`*_[\]<>#])/g, '\\$1');
  const parts = branchOf(session).map(
    ({ role, content, createdAt, model }) =>
      `## ${role === 'user' ? 'You' : (model ?? 'Assistant')}\n\n*${createdAt}*\n\n${quoted(content)}\n`,
  );
  return [`# ${title}\n`, ...parts].join('\n');
}

/** Quotes every line of a message, so that nothing in it can pass for a heading or end the quote. Where it could hold raw
 *  HTML, which a viewer might obey, it is a code block within the quote (docs/protocol.md §2.3). */
function quoted(content: string): string {
  const prefix = /<[a-z/!?]/i.test(content) ? '>     ' : '> ';
  return content
    .split(/\r\n|\r|\n/)
    .map((line) => prefix + line)
    .join('\n');
}

function jsonOf({ activeStreamId: _, next: __, ...session }: SessionAnswer): string {
  return `${JSON.stringify(session, null, 2)}\n`;
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
