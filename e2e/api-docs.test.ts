// The page of the OpenAPI document, under the strict content security policy.
import { expect, test } from 'vitest';
import { pageFixture } from './page/fixture/support.ts';

const fixture = pageFixture();

test('/api/docs shows the routes and the schema of a frame, and violates no policy', async () => {
  const page = await fixture.open({ path: '/api/docs', isSignedIn: false });

  await page.locator('#operations-default-post_api_ai_chat_stream').click();
  const operation = page.locator('#operations-default-post_api_ai_chat_stream .opblock-body');
  await operation.getByText('Idempotency-Key').first().waitFor();

  expect(await operation.textContent()).toContain('text/event-stream');
  expect(await page.locator('.opblock').count()).toBeGreaterThan(20);
});
