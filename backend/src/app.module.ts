// The server's root module: the chat, the health checks and the error filter.
import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AiChatModule } from './ai-chat/ai-chat.module.ts';
import type { AiChatOptions } from './ai-chat/ai-chat-options.ts';
import { ADMIN_TOKEN, RevocationController } from './ai-chat/revoking/revocation.controller.ts';
import { TicketController } from './auth/tickets/ticket.controller.ts';
import { Admission } from './limits/admission.ts';
import { ErrorFilter } from './operations/error.filter.ts';
import { HealthController } from './operations/health.controller.ts';
import { MetricsController } from './operations/metrics/metrics.controller.ts';
import { Metrics } from './operations/metrics/metrics.ts';
import { ADDRESS_LIMIT, METRICS_OPTIONS, type MetricsOptions } from './operations/metrics/metrics-options.ts';
import { MetricsServer } from './operations/metrics/metrics-server.ts';
import { OpenApiController } from './operations/openapi.controller.ts';

/** The former path of the route. */
@Controller('api/auth')
class AuthController extends TicketController {}

/** Options of the server's own routes. */
interface ServerOptions {
  readonly metrics: MetricsOptions;
  /** The token of the operator. */
  readonly adminToken: string | undefined;
}

@Module({})
export class AppModule {
  static forRoot(options: AiChatOptions, { metrics: metricsOptions, adminToken }: ServerOptions): DynamicModule {
    const metrics = new Metrics();
    return {
      module: AppModule,
      imports: [AiChatModule.forRoot({ ...options, observer: metrics, aiSdk: {}, agUi: {} })],
      controllers: [HealthController, MetricsController, OpenApiController, AuthController, RevocationController],
      providers: [
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: Metrics, useValue: metrics },
        { provide: ADMIN_TOKEN, useValue: adminToken },
        { provide: METRICS_OPTIONS, useValue: metricsOptions },
        { provide: ADDRESS_LIMIT, useExisting: Admission },
        MetricsServer,
      ],
    };
  }
}
