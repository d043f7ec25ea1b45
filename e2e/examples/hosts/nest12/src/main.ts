import 'reflect-metadata';
import { VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { mountBetterAuth } from './better-auth.js';
import { HostModule } from './host.module.js';

const isFastify = process.env.ADAPTER === 'fastify';

async function create() {
  if (!isFastify) {
    const [compression, cookies, helmet] = await Promise.all([
      import('compression'),
      import('cookie-parser'),
      import('helmet'),
    ]);
    const app = await NestFactory.create(HostModule, { logger: ['error', 'warn'] });
    app.use(compression.default(), cookies.default(), helmet.default());
    return app;
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create(HostModule, new FastifyAdapter(), { logger: ['error', 'warn'] });
}

async function bootstrap() {
  const app = await create();
  mountBetterAuth(app);
  app.setGlobalPrefix('api');
  app.enableVersioning({
    type: Number(process.env.VERSIONING ?? VersioningType.URI),
    header: 'X-Version',
    key: 'v=',
    extractor: () => '1',
    defaultVersion: '1',
  } as never);
  app.enableCors({ origin: 'https://page.example', exposedHeaders: ['Stream-Id'] });
  await app.listen(Number(process.env.PORT), '127.0.0.1');
}
void bootstrap();
