// The server of `longest-task.test.ts`, which times its own event loop: `node host.ts <data folder> <provider's URL>`. It sends
// its port, then a reading of the timer for each message. The Bearer token is the user's id.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AiChatModule } from '@sillage/server';
import { TaskTimer } from './task-timer.ts';

const [dataDir = '', apiUrl = ''] = process.argv.slice(2);
const many = 1_000_000;

const app = await NestFactory.create(
  AiChatModule.forRoot({
    storage: { dataDir },
    auth: { resolveUser: ({ headers }) => ({ id: String(headers.authorization) }) },
    ai: { apiUrl, apiKey: 'key', model: 'gpt-4', titles: false, contextWindow: 300_000 },
    limits: { streamsPerUser: many, startsPerMinute: many, requestsPerMinute: many, connectionsPerUser: many },
    timings: { sweepMs: 500, walMs: 1_000, clockSettleMs: 0 },
  }),
  { logger: ['error'] },
);
await app.listen(0, '127.0.0.1');
const timer = new TaskTimer();
process.on('message', () => process.send?.(timer.read()));
process.send?.(Number(new URL(await app.getUrl()).port));
