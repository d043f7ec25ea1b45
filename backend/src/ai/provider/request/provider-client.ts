// The client of one provider: sends completion requests with the OpenAI SDK, and leaves out parameters that the provider
// rejects.
import { unescape as decoded } from 'node:querystring'; // never throws
import { Logger, type LoggerService } from '@nestjs/common';
import OpenAI, { APIError } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { AiOptions, ProviderSettings } from '../../ai-options.ts';
import { failureOf, providerFailure } from '../failures/provider-errors.ts';
import type { ProviderBody } from '../response/provider-body.ts';
import { ProviderTransport } from './provider-fetch.ts';
import { type Adaptation, UnsupportedParameters } from './unsupported-parameters.ts';

/** Sends completion requests to one provider. Its owner closes it. */
export class ProviderClient {
  /** Credentials of the provider and of proxies, including those in URLs, which must not be logged. */
  readonly secrets: readonly string[];
  readonly #settings: ProviderSettings;
  readonly #transport: ProviderTransport;
  readonly #client: OpenAI;
  readonly #unsupported = new UnsupportedParameters();
  readonly #logger: LoggerService;

  constructor(
    settings: ProviderSettings,
    { timings, proxyEnv, observer, logger }: Pick<AiOptions, 'timings' | 'proxyEnv' | 'observer' | 'logger'>,
  ) {
    this.#logger = logger ?? new Logger(ProviderClient.name);
    this.#settings = settings;
    this.secrets = secretsOf(settings, proxyEnv);
    const { headers } = settings;
    this.#transport = new ProviderTransport({ longestRetryMs: timings.stallMs / 4, headers, proxyEnv, observer });
    this.#client = clientOf(settings, { timeout: timings.stallMs, transport: this.#transport });
  }

  get settings(): ProviderSettings {
    return this.#settings;
  }

  /** `undefined` for the only provider of a server. */
  get name(): string | undefined {
    return this.#settings.name;
  }

  has(model: string): boolean {
    return this.#settings.models.includes(model);
  }

  /** Sends a completion request.
   *  @throws the errors of the SDK, and `StreamError` if the response is an HTML page. */
  async send(request: ChatCompletionCreateParamsStreaming, signal: AbortSignal): Promise<ProviderBody> {
    const response = await this.#create(this.#unsupported.adapted(request), signal);
    const body = this.#transport.bodyOf(response);
    const contentType = response.headers.get('content-type') ?? '';
    if (!/html/i.test(contentType)) return body;
    body.close();
    throw failureOf('provider-bad-response', { cause: new Error(`${response.status} with ${contentType}`) });
  }

  close(): void {
    this.#transport.close();
  }

  /** Sends the request, and again without each parameter that the provider rejects by name, once per parameter. */
  async #create(first: ChatCompletionCreateParamsStreaming, signal: AbortSignal): Promise<Response> {
    const tried = new Map<string, Adaptation>();
    for (let request = first; ; ) {
      try {
        const response = await this.#client.chat.completions.create(request, { signal }).asResponse();
        for (const adaptation of tried.values()) this.#keep(request.model, adaptation);
        return response;
      } catch (error) {
        const adaptation = isRejectedRequest(error)
          ? this.#unsupported.find(wordsIn(error), request, tried)
          : undefined;
        if (adaptation === undefined) throw error;
        tried.set(adaptation.name, adaptation);
        request = adaptation.adapt(request);
      }
    }
  }

  #keep(model: string, adaptation: Adaptation): void {
    if (!this.#unsupported.keep(model, adaptation)) return;
    this.#logger.log(`${model} does not support ${adaptation.name}: later requests leave it out`);
  }
}

/** Whether the provider rejected a request for its parameters, not for its length or content. */
function isRejectedRequest(error: unknown): error is APIError {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false;
  return providerFailure(error).code === 'provider-refused';
}

function wordsIn({ error }: APIError): string {
  return (JSON.stringify(error) ?? '').slice(0, 8_192);
}

/** Creates the SDK client. Every option is explicit, since the SDK reads omitted ones from the environment. */
function clientOf(
  { apiKey, apiUrl }: ProviderSettings,
  { timeout, transport }: { timeout: number; transport: ProviderTransport },
): OpenAI {
  return new OpenAI({
    apiKey: apiKey ?? 'none',
    baseURL: apiUrl,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
    fetch: transport.fetch,
    logLevel: 'off',
    maxRetries: 2,
    timeout,
  });
}

function secretsOf({ apiKey, apiUrl, headers = {} }: ProviderSettings, proxyEnv: NodeJS.ProcessEnv = {}): string[] {
  const urls = [apiUrl, ...Object.values(proxyEnv)].filter((url) => url !== undefined && URL.canParse(url));
  const known = [apiKey ?? '', ...Object.values(headers), ...urls.flatMap((url) => secretsInUrl(new URL(url ?? '')))];
  return known.filter((secret) => secret !== '');
}

/** The credentials in a URL, as they are written and as they are sent. */
function secretsInUrl({ username, password, searchParams }: URL): string[] {
  const sent = [username, password].map((part) => decoded(part));
  return [username, password, ...sent, Buffer.from(sent.join(':')).toString('base64'), ...searchParams.values()];
}
