// Provides the limits to every module. Each node counts for itself.
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Admission } from './admission.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import { LIMITS, type Limits } from './limits.ts';
import { ReaderSlots, UploadSlots } from './user-slots.ts';

@Global()
@Module({})
export class LimitsModule {
  static forRoot(limits: Limits): DynamicModule {
    return {
      module: LimitsModule,
      providers: [{ provide: LIMITS, useValue: limits }, Admission, AnonymousConnections, ReaderSlots, UploadSlots],
      exports: [Admission, ReaderSlots, UploadSlots],
    };
  }
}
