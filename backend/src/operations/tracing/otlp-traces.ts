// Sends spans to a collector by OTLP over HTTP, in batches. The exporter itself reads OTEL_EXPORTER_OTLP_*; the resource reads
// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { Outage } from '../../observing/outage.ts';

/** The traces of the server. */
export interface ServerTraces {
  /** Sends the remaining spans, for a limited time. */
  shutdown(): Promise<void>;
}

/** The longest time that a shutdown waits for the collector. */
const flushMs = 1_500;

/** Registers the tracer provider of the process; `undefined` if there is one already. */
export function startOtlpTraces(environment: NodeJS.ProcessEnv): ServerTraces | undefined {
  const { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_BSP_SCHEDULE_DELAY: delayMs } = environment;
  if (protocol !== undefined && protocol !== 'http/protobuf') {
    new Logger('Traces').warn(`Traces are sent by http/protobuf: OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is ignored.`);
  }
  const outage = new Outage({
    context: 'Traces',
    begun: 'Traces cannot be sent to the collector; they are dropped meanwhile.',
    over: 'Traces are sent to the collector again.',
    quietMs: 0,
  });
  const exporter = reporting(new OTLPTraceExporter(), outage);
  const scheduledDelayMillis = Number(delayMs) || 5_000;
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'sillage' }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(environment),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis })],
  });
  if (!trace.setGlobalTracerProvider(provider)) return undefined;
  return {
    shutdown: async () => {
      const sent = provider.shutdown().catch((error: unknown) => outage.failed(error));
      await Promise.race([sent, delay(flushMs, undefined, { ref: false })]);
      outage.close();
      trace.disable();
    },
  };
}

/** Reports failed and successful exports. */
function reporting(exporter: OTLPTraceExporter, outage: Outage): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code === 0) outage.succeeded();
        else outage.failed(result.error ?? new Error('The export failed.'));
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Returns the sampler that the standard variables name; default: all traces, or as the caller's `traceparent` says. */
function samplerOf({ OTEL_TRACES_SAMPLER: name = '', OTEL_TRACES_SAMPLER_ARG: ratio = '1' }: NodeJS.ProcessEnv) {
  const samplers: Record<string, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(Number(ratio)),
  };
  const isPlain = name in samplers;
  const root = (samplers[name.replace('parentbased_', '')] ?? (() => new AlwaysOnSampler()))();
  return isPlain ? root : new ParentBasedSampler({ root });
}
