// Asks each provider for one short completion, by the code that the server uses.
import type { LoggerService } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { AiService } from '../ai/ai.service.ts';
import type { Config } from '../config/config.ts';
import { secondsOf } from './check-limits.ts';
import { type ClockReading, readClock, timeOf } from './clock.ts';
import { type Finding, ok, problem, warning, wordsOf } from './finding.ts';

const messages = [{ role: 'user' as const, content: 'Reply with the word OK.' }];
const maxTokens = 16;
/** The findings say what failed. */
const silentLogger: LoggerService = { log: () => {}, warn: () => {}, error: () => {} };

export async function checkProviders(
  { ai, timings }: Config,
  { limitMs, clocks }: { limitMs: number; clocks: ClockReading[] },
): Promise<Finding[]> {
  const { apiUrl } = ai;
  if (!ai.enabled)
    return [warning('provider', 'ai_enabled is false: every start is refused', 'Set ai_enabled to true.')];
  if (apiUrl === undefined) {
    return [warning('provider', 'the demo model answers', 'Set ai_api_key or ai_api_url for a real model.')];
  }
  const service = new AiService({ ...ai, apiUrl, timings: { ...timings, stallMs: 2 * limitMs }, logger: silentLogger });
  const providers = ai.providers ?? [{ name: undefined, apiUrl, models: [ai.model] }];
  const findings = await Promise.all(
    providers.map(async ({ name, apiUrl: url, models }) => {
      const model = models.includes(ai.model) ? ai.model : String(models[0]);
      const [finding, readings] = await Promise.all([
        checkProvider(service, { name, model, limitMs }),
        clockOf(name ?? 'the provider', url, limitMs),
      ]);
      clocks.push(...readings);
      return finding;
    }),
  );
  service.onApplicationShutdown();
  return findings;
}

async function checkProvider(
  service: AiService,
  { name, model, limitMs }: { name: string | undefined; model: string; limitMs: number },
): Promise<Finding> {
  const label = name === undefined ? model : `${name}, ${model}`;
  const sentAt = performance.now();
  const signal = AbortSignal.timeout(limitMs);
  try {
    const events = service.streamEvents(messages, 'sillage-doctor', { model, provider: name, maxTokens, signal });
    const { done } = await events.next();
    const firstMs = Math.round(performance.now() - sentAt);
    await events.return();
    if (done) return problem('provider', `${label}: no token within ${secondsOf(limitMs)}`, slowAdvice);
    return ok('provider', `${label}: first token after ${firstMs} ms`);
  } catch (error) {
    return refused(label, error);
  }
}

const slowAdvice =
  'Check ai_api_url, DNS, the firewall, and HTTPS_PROXY. A model that its server has to load first may take longer: repeat the check.';

function refused(label: string, error: unknown): Finding {
  const code = error instanceof StreamError ? error.code : 'internal';
  const cause = error instanceof StreamError ? wordsOf(error.cause ?? error) : wordsOf(error);
  const isUnknown = /^404|model.{0,80}(not (found|exist)|does not exist|unknown)/is.test(cause);
  const advice = isUnknown
    ? 'The provider has no such model, or ai_api_url is not the base URL of its API (usually ending in /v1): correct ai_model or ai_api_url.'
    : (adviceByCode[code] ?? 'Read the message of the provider.');
  return problem('provider', `${label}: ${code} (${cause})`, advice);
}

const adviceByCode: Readonly<Record<string, string>> = {
  'provider-auth': 'The provider refuses the key: correct ai_api_key, or the key in ai_providers.',
  'provider-rate-limited': 'The key works. Raise its limit or its credit at the provider, or wait.',
  'provider-unavailable': 'Check ai_api_url, DNS, the firewall, and HTTPS_PROXY.',
  'provider-timeout': 'Check ai_api_url, DNS, the firewall, and HTTPS_PROXY.',
  'provider-bad-response':
    'ai_api_url must be the base URL of an OpenAI-compatible API, usually ending in /v1: correct it.',
};

/** Reads the provider's clock, without credentials; nothing where it cannot be reached directly. */
async function clockOf(name: string, url: string, limitMs: number): Promise<ClockReading[]> {
  try {
    const signal = AbortSignal.timeout(limitMs);
    const read = async () =>
      timeOf((await fetch(new URL(url).origin, { method: 'HEAD', signal })).headers) ?? Number.NaN;
    const reading = await readClock(name, read);
    return Number.isNaN(reading.aheadMs) ? [] : [reading];
  } catch {
    return []; // the completion request reports it
  }
}
