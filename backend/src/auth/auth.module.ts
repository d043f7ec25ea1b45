// Authentication. Each controller names its guard, so that a host application's own routes are not affected.
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuthController } from './auth.controller.ts';
import { TICKET_OPTIONS, type TicketOptions, TicketService } from './ticket.service.ts';
import { type TokenOptions, TokenVerifier } from './token-verifier.ts';

/** Provides the dependencies of `JwtGuard` to every module. */
@Global()
@Module({})
export class AuthModule {
  static forRoot({ tokens, tickets }: { tokens: TokenOptions; tickets: TicketOptions }): DynamicModule {
    return {
      module: AuthModule,
      controllers: [AuthController],
      providers: [
        { provide: TokenVerifier, useFactory: () => new TokenVerifier(tokens) },
        { provide: TICKET_OPTIONS, useValue: tickets },
        TicketService,
      ],
      exports: [TokenVerifier, TicketService],
    };
  }
}
