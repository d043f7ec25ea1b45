// Maps the wording of a provider's error to an error code. Texts are compared in lower case, with `_`, `-` and
// camelCase boundaries as spaces: `ContextWindowExceededError` becomes "context window exceeded error".
import type { FailureCode } from '@sillage/protocol';

interface Meaning {
  readonly code: FailureCode;
  /** Patterns that identify the code anywhere in a code, type, status or message. */
  readonly words: readonly (string | RegExp)[];
}

/** Patterns in order of precedence: the first match wins. Sources are given next to the patterns. */
const meanings: readonly Meaning[] = [
  {
    code: 'context-too-long',
    words: [
      // A limit per minute that one request exceeds by itself: only a shorter message helps, not a delay.
      'tokens must be reduced', // https://platform.openai.com/docs/guides/rate-limits
      'reduce your message size', // Groq, 413: https://github.com/continuedev/continue/issues/10218
      'reduce the length of', // OpenAI, Groq, vLLM: https://platform.openai.com/docs/guides/error-codes
    ],
  },
  {
    code: 'prompt-refused',
    words: [
      /content (policy|filter|management policy|moderation)/, // Azure: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter
      /responsible ai ?policy/, // Azure, in `innererror`
      'content exists risk', // DeepSeek, 400: https://github.com/deepseek-ai/DeepSeek-V2/issues/30
      'invalid prompt', // OpenAI: https://github.com/openai/codex/issues/7250
      'limited access to this content', // OpenAI, biology and security: https://platform.openai.com/docs/guides/safety-checks
      /flagged (as|for|by)/, // OpenAI, OpenRouter: https://github.com/lobehub/lobehub/issues/9101
      /requires? moderation|moderation (on|error|failed)|flagged input/, // OpenRouter, 403: https://openrouter.ai/docs/errors
      /(violates?|violating|violation of) (our |the |its )?(usage|content|safety|acceptable)/, // xAI, 403: https://github.com/theopenco/llmgateway/pull/1785
      /safety (check|violation|filter|system|polic)/, // xAI `SAFETY_CHECK_TYPE_...`, SAP AI Core: https://github.com/theopenco/llmgateway/pull/1785
      /data ?inspection ?failed|inappropriate content/, // Qwen: https://www.alibabacloud.com/help/en/model-studio/error-code
      /(unsafe|sensitive) (or sensitive )?content|input new sensitive|output new sensitive/, // Z.AI 1301: https://docs.z.ai/api-reference/api-code, MiniMax 1026 and 1027: https://platform.minimax.io/docs/api-reference/errorcode
      'considered high risk', // Kimi: https://platform.moonshot.ai/docs/api/chat
      'prohibited content', // Gemini: https://ai.google.dev/api/generate-content#BlockReason
      /prompt (was |is )?blocked|blocked (due to|by) (safety|security|content|guardrail)/, // Gemini, Cloudflare AI Gateway
      'guardrail', // Bedrock, Databricks: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html
    ],
  },
  {
    code: 'provider-rate-limited',
    words: [
      /rate ?limit/, // OpenAI, Anthropic, Mistral, MiniMax 1002, LiteLLM `RateLimitError`
      /too many requests/, // most gateways
      /too many tokens.{0,20}wait/, // Bedrock: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
      /throttl/, // Bedrock `ThrottlingException`, Qwen `Throttling.RateQuota`
      /insufficient (quota|balance|credits?|funds)|requires more credits|exceeded.{0,30}quota|quota.{0,30}exceeded/, // OpenAI, DeepSeek, MiniMax 1008, OpenRouter 402: https://openrouter.ai/docs/errors
      'resource exhausted', // Gemini: https://ai.google.dev/gemini-api/docs/troubleshooting
      /(requests|tokens) per (minute|day|second)/, // Groq, Azure
      /concurrency limit|high concurrency/, // Z.AI 1302: https://docs.z.ai/api-reference/api-code, Kimi
      'engine overloaded', // Kimi, 429
    ],
  },
  {
    code: 'context-too-long',
    words: [
      /context (length|window|size|limit)/, // OpenAI, vLLM, llama.cpp, Ollama, LM Studio, Mistral, Anthropic
      /(prompt|input|request|messages?|conversation) ?(is|are|was)? too (long|large)/, // Anthropic, Bedrock
      /input token count.{0,40}exceeds/, // Gemini: https://ai.google.dev/gemini-api/docs/tokens
      /prompt token count.{0,40}exceeds/, // GitHub Copilot: https://github.com/microsoft/vscode/issues/289219
      /maximum (prompt|input|context|model|sequence) (length|size)|max (prompt|input|model) (length|tokens|len)/, // xAI, vLLM: https://github.com/cline/cline/issues/3120
      /longer than the (maximum )?model|maximum model length/, // vLLM: https://github.com/xorbitsai/inference/issues/3785
      /exceed(s|ed)? (the )?(model |max |maximum )*(token limit|input|length|number of tokens|context|size)/, // Kimi, Z.AI 1261: https://github.com/MoonshotAI/kimi-cli/issues/2011
      /range of input length/, // Qwen: https://www.alibabacloud.com/help/en/model-studio/error-code
      /tokens limit reached/, // GitHub Models
      /payload size exceeds/, // Gemini: https://ai.google.dev/gemini-api/docs/troubleshooting
      /too many (input )?tokens/, // Cohere
      /must be <= ?\d+.{0,10}given/, // Text Generation Inference, Together
      'string above max length', // OpenAI
    ],
  },
  {
    code: 'provider-auth',
    words: [
      /(invalid|incorrect|wrong|expired|missing|no) (api|access|subscription) (key|token)/, // OpenAI, xAI, MiniMax 2049
      /api key (is )?(not valid|invalid|missing|expired)|login fail/, // Gemini, 400: https://ai.google.dev/gemini-api/docs/api-key
      /authentication|unauthori[sz]ed|unauthenticated|permission|access denied|forbidden/, // OpenAI, Anthropic, Bedrock
    ],
  },
  { code: 'provider-timeout', words: [/time(d)? ?out/, 'deadline exceeded'] }, // Gemini, gateways
  {
    code: 'provider-unavailable',
    words: [/overloaded|server error|internal error|unavailable|no healthy upstream|loading model|system error/], // Anthropic 529, llama.cpp 503, Istio
  },
  {
    code: 'provider-refused',
    words: [/invalid (request|argument|param|value)|bad ?request|not found|unsupported|does not exist|validation/], // all
  },
];

/** Codes that may be derived from a message. The patterns of the others are common words, so they only apply to
 *  codes and types. */
const saidInMessages = 5;

/** Parts of one error that are compared with the patterns. */
export interface FailureWords {
  readonly status: number | undefined;
  /** Codes, types and statuses of the error. */
  readonly labels: readonly string[];
  readonly messages: readonly string[];
}

/** Classifies an error by its wording, and by its status only if no pattern matches. */
export function codeOfWords(
  { status, labels, messages }: FailureWords,
  fallback: FailureCode = 'provider-unavailable',
): FailureCode {
  const said = normalized([...labels, ...messages]);
  const specific = meanings
    .slice(0, saidInMessages)
    .find(({ code, words }) => mayMean(code, status) && words.some((word) => isSaid(word, said)));
  if (specific !== undefined) return specific.code;
  const byStatus = status === undefined ? undefined : codeOfStatus(status);
  if (byStatus !== undefined) return byStatus;
  const labelled = normalized(labels);
  const general = meanings.slice(saidInMessages).find(({ words }) => words.some((word) => isSaid(word, labelled)));
  return general?.code ?? fallback;
}

/** Whether a code is plausible for a status: messages also mention keys when the key is not the cause. */
function mayMean(code: FailureCode, status: number | undefined): boolean {
  return code !== 'provider-auth' || status === undefined || [400, 401, 403, 422].includes(status);
}

function codeOfStatus(status: number): FailureCode {
  switch (status) {
    case 401:
    case 403:
      return 'provider-auth';
    case 408:
      return 'provider-timeout';
    case 413:
      return 'context-too-long'; // Anthropic `request_too_large`, gateways
    case 429:
      return 'provider-rate-limited';
    default:
      return status >= 500 ? 'provider-unavailable' : 'provider-refused';
  }
}

function isSaid(word: string | RegExp, said: string): boolean {
  return typeof word === 'string' ? said.includes(word) : word.test(said);
}

function normalized(texts: readonly string[]): string {
  return texts
    .join('\n')
    .slice(0, 8_192)
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
}

const labelKeys = new Set(['code', 'type', 'status', 'error_code', 'reason', 'blockreason', 'block_reason']);
const deepest = 6;

/** Extracts the wording of an error of any shape: nested objects, lists, and JSON within strings. Some providers put
 *  the HTTP status into `code`. */
export function wordsOfError(said: unknown, status?: number): FailureWords {
  const labels: string[] = [];
  const messages: string[] = [];
  collect(said, { labels, messages }, { key: 'message', depth: 0 });
  const inner = labels.map(statusOf).find((value) => value !== undefined);
  return { status: status ?? inner, labels, messages };
}

function collect(
  value: unknown,
  into: { labels: string[]; messages: string[] },
  { key, depth }: { key: string; depth: number },
): void {
  if (depth > deepest || into.labels.length + into.messages.length > 100) return;
  if (typeof value === 'string' || typeof value === 'number') {
    (labelKeys.has(key.toLowerCase()) ? into.labels : into.messages).push(String(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const ownKey = Array.isArray(value) ? key : name;
      collect(inner, into, { key: ownKey, depth: depth + 1 });
    }
    if (!Array.isArray(value)) into.messages.push(...flags(value));
  }
}

/** Field names whose presence alone identifies an error, such as OpenRouter's `flagged_input`. */
function flags(value: object): string[] {
  return Object.keys(value).filter((name) => name === 'flagged_input');
}

function statusOf(label: string): number | undefined {
  const status = Number(label);
  return Number.isInteger(status) && status >= 300 && status <= 599 ? status : undefined;
}
