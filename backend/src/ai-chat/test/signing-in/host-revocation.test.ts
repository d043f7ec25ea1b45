// Revoking in an application of one's own: by the service, with the module's tokens.
import { Test } from '@nestjs/testing';
import { collect, openSse, signToken } from '@sillage/testing';
import { expect, onTestFinished, test } from 'vitest';
import { AiChatModule, type AuthOptions, ChatService } from '../../../index.ts';
import { inMemory } from '../../../testing.ts';

const secret = 'a-secret-of-the-tests-of-a-host-application';

async function startHost(auth: AuthOptions) {
  const module = await Test.createTestingModule({ imports: [AiChatModule.forRoot({ ...inMemory, auth })] }).compile();
  const app = module.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { chats: app.get(ChatService), feed: `${await app.getUrl()}/api/ai-chat/feed` };
}

test('ChatService.revoke closes the event streams of a token and refuses it', async () => {
  const { chats, feed } = await startHost({ jwtSecret: secret });
  const headers = { authorization: `Bearer ${await signToken({ secret, claims: { jti: '一' } })}` };
  const open = await openSse(feed, { headers });

  await chats.revoke({ jti: '一' });

  const read = await collect(open.messages);
  const again = await openSse(feed, { headers });
  again.close();
  expect(read.at(-1)?.data).toMatchObject({ type: 'error', code: 'unauthorized' });
  expect(again.status).toBe(401);
});

test("with the application's own sign-in there is no token to revoke, and the error says so", async () => {
  const { chats } = await startHost({ resolveUser: () => ({ id: 'ada' }) });

  await expect(chats.revoke({ userId: 'ada' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('resolveUser'),
  });
});
