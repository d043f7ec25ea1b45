// A host application of `end-hook-kill.test.ts`: `node end-hook-host.ts <data folder> <file of calls> <when to die>`.
import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { AiChatModule, ChatService, type EndedReply } from '@sillage/server';

const [dataDir = '', calls = '', death] = process.argv.slice(2);
const ada = { id: 'ada' };
const die = () => process.kill(process.pid, 'SIGKILL');

function onEnd({ streamId, text, finishReason }: EndedReply): void {
  appendFileSync(calls, `${JSON.stringify({ streamId, text, finishReason })}\n`);
  if (death === 'in onEnd') die();
}

const module = AiChatModule.forRoot({
  storage: { dataDir },
  auth: { resolveUser: () => ada },
  timings: { sweepMs: 20 },
  onEnd,
});
const app = await NestFactory.create(module, { logger: ['error', 'warn'] });
app.enableShutdownHooks(['SIGTERM']); // a call that was made is recorded before the process ends
await app.init();
if (death !== undefined) {
  const chats = app.get(ChatService);
  const streamId = await chats.start(ada, { message: '你好 🙂' });
  for await (const event of chats.read(ada, streamId)) if (event.type === 'text' && death === 'in the reply') die();
}
