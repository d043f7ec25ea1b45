// Creates the server: one Nest application that also serves the page.
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import sirv from 'sirv';
import type { AiChatOptions } from './ai-chat/ai-chat-options.ts';
import { optionsOf } from './ai-chat/complete-options.ts';
import { AppModule } from './app.module.ts';
import { localSecret } from './auth/local-sign-in.ts';
import type { Config } from './config/config.ts';
import { writeBuffers } from './http/write-buffers.ts';
import { AnonymousConnections } from './limits/anonymous-connections.ts';
import { productLogger } from './operations/product-logger.ts';
import { securityHeaders } from './operations/security-headers.ts';
import { ServerAdapter } from './operations/server-adapter.ts';

const page = fileURLToPath(new URL('../dist/page/', import.meta.url));

/** Creates the application without starting it. `listen` starts it; `close` first ends the replies in progress. */
export async function createApp(config: Config): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(withLocalSignIn(optionsOf(config), config), config),
    new ServerAdapter(config.timings),
    {
      abortOnError: false,
      bodyParser: false,
      logger: false, // the caller reports a startup error
    },
  );
  app.useLogger(await productLogger(config.logLevel));
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(useBuffers, securityHeaders);
  app.enableCors({
    origin: [...config.corsOrigins],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID'],
    exposedHeaders: ['Stream-Id', 'Retry-After'],
    maxAge: 600,
  });
  servePage(app);
  app.get(AnonymousConnections, { strict: false }).observe(app.getHttpServer());
  return app;
}

/** Without a JWT setting the server makes its own secret, for the person at this machine. */
function withLocalSignIn(options: AiChatOptions, { dataDir }: Config): AiChatOptions {
  return { ...options, auth: options.auth ?? { jwtSecret: localSecret(dataDir) } };
}

function useBuffers(_: Request, response: Response, next: NextFunction): void {
  writeBuffers(response);
  next();
}

/** Serves the built page at `/` and at the address of every conversation, compressed as it was built. */
function servePage(app: NestExpressApplication): void {
  if (!existsSync(`${page}index.html`)) return;
  const files = sirv(page, { gzip: true, etag: true, setHeaders: cacheByName });
  const serve = (request: Request, response: Response, next: NextFunction) =>
    request.method === 'GET' || request.method === 'HEAD' ? files(request, response, next) : next();
  app.use(serve);
  app.use('/c/:sessionId', serve); // below this path, `/` is the page
}

/** Caches assets, whose names contain a hash, for ever; the page itself is revalidated each time. */
function cacheByName(response: ServerResponse, path: string): void {
  const isHashed = path.includes('/assets/');
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}
