// Builds the server: one Nest application with its page, without listening yet.
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { limits } from '@sillage/protocol';
import type { NextFunction, Request, Response } from 'express';
import { AppModule } from './app.module.ts';
import type { Config } from './config/config.ts';
import { ClosingAdapter } from './operations/closing-adapter.ts';

const page = fileURLToPath(new URL('../../frontend/dist/', import.meta.url));

/** Builds the application; `listen` starts it, `close` ends what is under way first. */
export async function createApp(
  config: Config,
  { logger = ['fatal', 'error', 'warn'] }: { logger?: LogLevel[] } = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(config),
    new ClosingAdapter(config.timings),
    {
      abortOnError: false,
      bodyParser: false,
      logger: false, // an error of the start is the caller's to tell
    },
  );
  app.useLogger(new ConsoleLogger({ logLevels: logger }));
  app.disable('x-powered-by');
  app.useBodyParser('json', { limit: limits.bodyBytes });
  app.enableCors({
    origin: [...config.corsOrigins],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID'],
    exposedHeaders: ['Stream-Id', 'Retry-After'],
    maxAge: 600,
  });
  app.use(securityHeaders);
  servePage(app);
  return app;
}

function securityHeaders(_: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
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
