// Builds the server: one Nest application with its page, without listening yet.
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { AppModule } from './app.module.ts';
import type { Config } from './config/config.ts';
import { writeBuffers } from './http/write-buffers.ts';
import { AnonymousConnections } from './limits/anonymous-connections.ts';
import { securityHeaders } from './operations/security-headers.ts';
import { ServerAdapter } from './operations/server-adapter.ts';

const page = fileURLToPath(new URL('../../frontend/dist/', import.meta.url));

/** Builds the application; `listen` starts it, `close` ends what is under way first. */
export async function createApp(
  config: Config,
  { logger = ['fatal', 'error', 'warn'] }: { logger?: LogLevel[] } = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(config),
    new ServerAdapter(config.timings),
    {
      abortOnError: false,
      bodyParser: false,
      logger: false, // an error of the start is the caller's to tell
    },
  );
  app.useLogger(new ConsoleLogger({ logLevels: logger }));
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(writesBuffers, securityHeaders);
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

function writesBuffers(_: Request, response: Response, next: NextFunction): void {
  writeBuffers(response);
  next();
}

/** Serves the built page at `/`, and for every conversation's own address. */
function servePage(app: NestExpressApplication): void {
  if (!existsSync(`${page}index.html`)) return;
  app.useStaticAssets(page, { setHeaders: cacheByName });
  app.use('/c/:sessionId', (request: Request, response: Response, next: NextFunction) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile('index.html', { root: page, cacheControl: false });
  });
}

/** Built assets carry their hash in their name; the page itself is asked for each time. */
function cacheByName(response: ServerResponse, path: string): void {
  const isHashed = path.includes('/assets/');
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}
