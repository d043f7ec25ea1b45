// The transport compiles against the types of each version of the AI SDK, and each version's chat takes it.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../../..');

const page = `
import { type ChatTransportOptions, createChatTransport, type ReplyMetadata, type SillageTransport } from '@sillage/client/ai-sdk';
import type { ChatInit, ChatTransport, UIMessage } from 'ai';

type Message = UIMessage<ReplyMetadata>;
const options: ChatTransportOptions = { baseUrl: '', getToken: () => 'token', body: () => ({ model: 'm' }), stopOnAbort: true };
export const transport: ChatTransport<UIMessage> = createChatTransport(options);
export const typed: SillageTransport<Message> = createChatTransport<Message>();
export const init: ChatInit<Message> = { id: 'a', transport: createChatTransport(), messages: [] };
export const load = async (): Promise<Message[]> => typed.loadMessages('a');
// @ts-expect-error a request names its message by itself
createChatTransport({ body: { message: 'Hi' } });
`;

test.concurrent.each([
  ['5', 'ai5'],
  ['6', 'ai6'],
  ['7', 'ai'],
])(
  'ai %s: the types fit',
  async (_version, name) => {
    const folder = join(root, 'node_modules/.cache/ai-sdk-types', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'page.ts'), page);
    const compilerOptions = {
      types: [],
      composite: false,
      noEmit: true,
      incremental: false,
      paths: { ai: [join(root, 'node_modules', name)] },
    };
    const config = { extends: join(root, 'tsconfig.tests.json'), compilerOptions, include: ['.'], exclude: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));

    const { stdout } = await promisify(execFile)('npx', ['tsc', '-p', folder], { cwd: root }).catch((error) => error);

    expect(stdout).toBe('');
  },
  180_000,
);
