// A host application with everything enabled that a host may have, and two routes of its own.
import {
  Body,
  ClassSerializerInterceptor,
  Controller,
  Get,
  Module,
  Post,
  Res,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, RouterModule } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { AiChatModule, AiService, CurrentUser, JwtGuard, type User } from '@sillage/server';
import { ClsModule } from 'nestjs-cls';
import { sessionUser } from './better-auth.js';
import {
  CatchAllFilter,
  EnvelopeInterceptor,
  HostGuard,
  JwtStrategy,
  PassportGuard,
  TimeoutInterceptor,
} from './hostile.js';

@Controller('host')
class HostController {
  constructor(private readonly ai: AiService) {}

  @Get('me')
  @UseGuards(JwtGuard)
  me(@CurrentUser() user: User) {
    return user;
  }

  /** A route of the host whose path ends as one of the module's does. */
  @Post('chat')
  echo(@Body() body: object) {
    return body;
  }

  @Get('raw')
  async raw(@Res() response: { raw?: unknown }): Promise<void> {
    const node = (response.raw ?? response) as import('node:http').ServerResponse;
    const gone = new AbortController();
    node.on('close', () => gone.abort());
    node.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-cache, no-transform' });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    for await (const chunk of this.ai.streamChat(messages, 'ada', { signal: gone.signal })) node.write(chunk);
    node.end();
  }
}

const chat = AiChatModule.forRootAsync({
  path: 'ai-chat',
  aiSdk: { path: 'chat' },
  agUi: { path: 'ag-ui' },
  imports: [ConfigModule],
  inject: [ConfigService],
  useFactory: async (config: ConfigService) => ({
    ai: { apiKey: 'key', apiUrl: config.get('PROVIDER_URL'), model: 'gpt-4o', titles: false },
    storage: { memory: true as const },
    auth: { jwtSecret: config.getOrThrow('HOST_SECRET') },
    limits: { streamsPerUser: 1000, startsPerMinute: 10_000 },
    timings: { heartbeatMs: 20 },
  }),
});

const ai = { apiKey: 'key', apiUrl: process.env.PROVIDER_URL, model: 'gpt-4o', titles: false };

/** Another configuration in the same process: other data, another path, the user that passport found. */
const second = AiChatModule.forRoot({
  path: 'second',
  ai,
  storage: { memory: true },
  auth: { resolveUser: (request) => request.user, tickets: false },
});

/** A third one, whose users sign in with better-auth. */
const members = AiChatModule.forRoot({
  path: 'members',
  ai,
  storage: { memory: true },
  auth: { resolveUser: sessionUser, tickets: false },
});

@Module({
  imports: [
    chat,
    second,
    members,
    RouterModule.register([{ path: 'inner', module: AiChatModule }]),
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    PassportModule,
    ThrottlerModule.forRoot([{ ttl: 60_000, limit: 100_000 }]),
    ClsModule.forRoot({ global: true, middleware: { mount: true }, interceptor: { mount: true } }),
  ],
  controllers: [HostController],
  providers: [
    JwtStrategy,
    { provide: APP_FILTER, useClass: CatchAllFilter },
    { provide: APP_GUARD, useClass: ThrottlerGuard },
    { provide: APP_GUARD, useClass: HostGuard },
    { provide: APP_GUARD, useClass: PassportGuard },
    { provide: APP_INTERCEPTOR, useClass: TimeoutInterceptor },
    { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
    { provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor },
    {
      provide: APP_PIPE,
      useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
    },
  ],
})
export class HostModule {}
