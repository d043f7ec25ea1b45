import { Test } from '@nestjs/testing';
import { AiChatModule, AiService } from '@sillage/server';
import { inMemory, TestModel } from '@sillage/server/testing';

it('streams in a test of Jest', async () => {
  const model = new TestModel();
  model.says('Hello', ' 你好');
  const module = await Test.createTestingModule({
    imports: [AiChatModule.forRoot({ ...inMemory, auth: { resolveUser: () => ({ id: 'ada' }) } })],
  })
    .overrideProvider(AiService)
    .useValue(model)
    .compile();
  const app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const response = await fetch(`${await app.getUrl()}/api/ai-chat/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'Hi' }),
  });
  const text = await response.text();
  await app.close();
  expect(text).toContain('你好');
  expect(text).toContain('"done":true');
});
