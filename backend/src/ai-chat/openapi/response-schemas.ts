// The schemas of responses and of the JSON in event streams, for the OpenAPI document. The compiler checks them against the
// types of the protocol, and the tests of the routes check every response against them.
import {
  type ConfigResponse,
  type ErrorResponse,
  errorStatus,
  type FeedEvent,
  type FeedNotice,
  type FeedReady,
  type FeedResync,
  type Frame,
  failureCodes,
  feedEventTypes,
  finishReasons,
  type ReplyEnd,
  type RequestErrorCode,
  type SessionMessage,
  type SessionResponse,
  type SessionSettings,
  type SessionSummary,
  type SessionsResponse,
  type StartResponse,
  type StopResponse,
  type TicketResponse,
  type TimelineResponse,
  type Usage,
  type UsageResponse,
} from '@sillage/protocol';
import { z } from 'zod';

const text = z.string();
const time = z.string().describe('ISO 8601');
const count = z.int().min(0);
const finishReason = z.enum(finishReasons);
const tokens = {
  promptTokens: count,
  completionTokens: count.describe('includes the reasoning'),
  cachedTokens: count.exactOptional(),
  reasoningTokens: count.exactOptional(),
  cost: z.number().exactOptional().describe('by `ai_prices`'),
};
const usage = z.object({
  ...tokens,
  estimated: z.literal(true).exactOptional().describe('the server has counted the tokens itself'),
}) satisfies z.ZodType<Usage>;
const totals = { ...tokens, replies: count, estimatedReplies: count.exactOptional() };
const details = {
  usage: usage.exactOptional(),
  trimmedTurns: count.exactOptional().describe('messages left out of the completion request'),
  retryAfter: z.number().exactOptional().describe('seconds that the provider asks to wait'),
  reasoningMs: z.number().exactOptional(),
} satisfies Record<Exclude<keyof ReplyEnd, 'finishReason' | 'code'>, z.ZodType>;

const frame = z
  .object({
    content: text.exactOptional().describe('text of the reply'),
    reasoning: text.exactOptional(),
    done: z.boolean(),
    finishReason: finishReason.exactOptional().describe('only with `done`'),
    error: text.exactOptional().describe('what a person can do'),
    code: z.enum([...failureCodes, 'unauthorized']).exactOptional(),
    expiresAt: time.exactOptional().describe('only in the event `auth-expiring`'),
    ...details,
  })
  .describe('The JSON of one `data:` line. The `id:` is `<streamId>/<offset>`.') satisfies z.ZodType<Frame>;

const feedFrame = z
  .union([
    z.object({ type: z.enum(feedEventTypes), sessionId: text, streamId: text.exactOptional() }),
    z.object({ type: z.enum(['ready', 'resync']) }),
    z.object({ type: z.literal('auth-expiring'), expiresAt: time }),
    z.object({ type: z.literal('error'), error: text, code: z.literal('unauthorized') }),
  ])
  .describe('The JSON of one `data:` line.') satisfies z.ZodType<FeedEvent | FeedReady | FeedResync | FeedNotice>;

const error = z.object({
  error: text.describe('for people'),
  code: z.enum(Object.keys(errorStatus) as RequestErrorCode[]).describe('for programs'),
  fields: z.record(z.string(), text).exactOptional().describe('what is wrong, by field; only with `bad-request`'),
}) satisfies z.ZodType<ErrorResponse>;

const message = z.object({
  id: text,
  parentId: text.exactOptional(),
  role: z.enum(['user', 'assistant']),
  content: text,
  reasoning: text.exactOptional(),
  createdAt: time,
  model: text.exactOptional(),
  temperature: z.number().exactOptional(),
  systemPrompt: text.exactOptional().describe("the user's, without the server's"),
  provider: text.exactOptional(),
  finishReason: finishReason.exactOptional().describe('absent while the reply is under way'),
  code: z.enum(failureCodes).exactOptional(),
  streamId: text.exactOptional(),
  ...details,
}) satisfies z.ZodType<SessionMessage>;

const match = z.object({ messageId: text, excerpt: text, marks: z.array(z.tuple([count, count])) });
const summary = z.object({
  sessionId: text,
  title: text,
  createdAt: time,
  updatedAt: time,
  activeStreamId: text.exactOptional(),
  pinned: z.boolean().exactOptional(),
  match: match.exactOptional(),
}) satisfies z.ZodType<SessionSummary>;

const settings = z.object({
  model: text.exactOptional(),
  temperature: z.number().exactOptional(),
  systemPrompt: text.exactOptional(),
}) satisfies z.ZodType<SessionSettings>;

const session = z.object({
  ...summary.shape,
  leafId: text.exactOptional(),
  settings: settings.exactOptional(),
  messages: z.array(message),
  next: text.exactOptional(),
}) satisfies z.ZodType<SessionResponse>;

const part = z
  .object({ offset: count, fromMs: count, untilMs: count })
  .describe('Text up to `offset`, without a long gap.');

/** The schemas by the names that they have in the document. */
export const responseSchemas = {
  Frame: frame,
  FeedFrame: feedFrame,
  Error: error,
  Start: z.object({ streamId: text }) satisfies z.ZodType<StartResponse>,
  Stop: z.object({ streamId: text, finishReason }) satisfies z.ZodType<StopResponse>,
  Config: z.object({
    models: z.array(text),
    defaultModel: text,
    demo: z.boolean(),
    limits: z.object({
      messageLength: count,
      historyTurns: count,
      historyTurnLength: count,
      maxTemperature: z.number(),
      systemPromptLength: count.describe('0: users may set no system prompt'),
    }),
  }) satisfies z.ZodType<ConfigResponse>,
  Ticket: z.object({ ticket: text, expiresAt: time }) satisfies z.ZodType<TicketResponse>,
  Timeline: z
    .object({
      streamId: text,
      startedAt: time,
      endedMs: count.exactOptional().describe('absent while the stream is under way'),
      finishReason: finishReason.exactOptional(),
      isPartial: z.literal(true).exactOptional().describe('`read` and `stored` are not known here'),
      read: z.array(part),
      stored: z.array(part),
      readers: z.array(
        z.object({ after: count, openedMs: count, closedMs: count.exactOptional(), written: z.array(part) }),
      ),
      omittedReaders: count.exactOptional(),
    })
    .describe('Times are in ms from `startedAt`.') satisfies z.ZodType<TimelineResponse>,
  Usage: z.object({
    today: z.object(totals),
    limits: z
      .object({
        tokensPerDay: count,
        organizationTokensPerDay: count,
        streamsPerUser: count,
        startsPerMinute: count,
        requestsPerMinute: count,
        connectionsPerUser: count,
        ticketsPerUser: count,
      })
      .describe('0 is no limit'),
    models: z.array(z.object({ ...totals, model: text })).describe('the last 30 days'),
    days: z.array(z.object({ ...totals, day: text })).describe('the last 30 days, by UTC'),
  }) satisfies z.ZodType<UsageResponse>,
  SessionSummary: summary,
  Sessions: z.object({ sessions: z.array(summary), next: text.exactOptional() }) satisfies z.ZodType<SessionsResponse>,
  Session: session,
};
