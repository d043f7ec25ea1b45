// Provides AiService to the modules that import this one, and runs the demo model if no provider is configured.
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AiService } from './ai.service.ts';
import { AI_OPTIONS, type AiOptions } from './ai-options.ts';
import { ContextFitter } from './context/context-fitter.ts';
import { TokenCounts } from './context/token-counts.ts';
import { type DemoModel, startDemoModel } from './demo/demo-model.ts';

export type { DemoModel };

/** Injects the demo model; `undefined` if a provider is configured. */
export const DEMO_MODEL = Symbol('DemoModel');

@Module({})
export class AiModule implements OnApplicationShutdown {
  constructor(@Inject(DEMO_MODEL) private readonly demo: DemoModel | undefined) {}

  /** Provides and exports `AiService` for the model that `options` configure; without `apiUrl`, for the demo model. */
  static forRoot(options: Omit<AiOptions, 'apiUrl'> & { readonly apiUrl: string | undefined }): DynamicModule {
    const { apiUrl } = options;
    return {
      module: AiModule,
      providers: [
        { provide: DEMO_MODEL, useFactory: () => (apiUrl === undefined ? startDemoModel() : undefined) },
        {
          provide: AI_OPTIONS,
          inject: [DEMO_MODEL],
          useFactory: (demo?: DemoModel) => (demo ? { ...options, apiUrl: demo.url, proxyEnv: undefined } : options),
        },
        AiService,
        TokenCounts,
        ContextFitter,
      ],
      exports: [AiService, ContextFitter],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.demo?.close();
  }
}
