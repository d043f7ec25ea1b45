// better-auth, mounted on `/api/auth/*` as its documentation has it for Express and for Fastify.
import type { INestApplication } from '@nestjs/common';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';

export const auth = betterAuth({
  baseURL: `http://127.0.0.1:${process.env.PORT}`,
  secret: process.env.HOST_SECRET as string,
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
});

/** The user of the session cookie. */
export async function sessionUser({ headers }: { headers: NodeJS.Dict<string | string[]> }) {
  return (await auth.api.getSession({ headers: fromNodeHeaders(headers) }))?.user;
}

export function mountBetterAuth(app: INestApplication): void {
  const handler = toNodeHandler(auth);
  const instance = app.getHttpAdapter().getInstance();
  if (app.getHttpAdapter().getType() === 'express') {
    instance.all('/api/auth/{*any}', handler);
    return;
  }
  instance.route({
    method: ['GET', 'POST'],
    url: '/api/auth/*',
    // biome-ignore lint/suspicious/noExplicitAny: types of Fastify, which is not a dependency of its own
    handler: async (request: any, reply: any) => {
      reply.hijack();
      request.raw.body = request.body;
      await handler(request.raw, reply.raw);
    },
  });
}
