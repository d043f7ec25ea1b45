// Decides whether the server sends traces. Loads the packages of OpenTelemetry only if it does.
import type { ServerTraces } from './otlp-traces.ts';

export type { ServerTraces };

/** The standard variables: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
type Environment = Readonly<Record<string, string | undefined>>;

/** Starts sending traces if the environment names a collector. A tracer provider that is registered already, such as that of
 *  `NODE_OPTIONS=--import ...`, is kept. Must be called before the application is created. */
export async function startTracing(environment: Environment): Promise<ServerTraces | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesEndpoint } = environment;
  const isOff = environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none';
  if (isOff || (!endpoint && !tracesEndpoint)) return undefined;
  const { startOtlpTraces } = await import('./otlp-traces.ts');
  return startOtlpTraces(environment);
}
