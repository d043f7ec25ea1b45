// The chunks of an OpenAI-compatible reply, one token each, with the weight that OpenAI's have: 305 bytes on the wire.
// Each is an HTTP chunk of its own, as providers send them; they go to the socket ready framed.
import { plainToken, stampLength, stampOf, tokenMark } from './script.ts';

const weight = 305;
const common = '"id":"chatcmpl-Bk3pQ2mTz8WcVn5RxYd7LfAoEj1Hs","object":"chat.completion.chunk","created":1790000000';
const head =
  `data: {${common},"model":"gpt-4o-mini-2024-07-18","service_tier":"default",` +
  '"system_fingerprint":"fp_34a54ae93c","choices":[{"index":0,"delta":{"content":"';
const tail = '"},"logprobs":null,"finish_reason":null}],"obfuscation":"';
const close = '"}\n\n';

/** Returns the chunk of one token, framed. */
function chunkOf(token: string): Buffer {
  const filling = 'x'.repeat(Math.max(0, weight - head.length - token.length - tail.length - close.length));
  return framed(`${head}${token}${tail}${filling}${close}`);
}

/** The chunk of a plain token. */
export const plainChunk = chunkOf(plainToken);

/** Returns the chunk of a token that says when it is sent. */
export function stampedChunk(): Buffer {
  const chunk = Buffer.from(blank);
  chunk.write(stampOf(performance.now()), stampAt, 'latin1');
  return chunk;
}

const blank = chunkOf(`${tokenMark}${'0'.repeat(stampLength)}`);
const stampAt = blank.indexOf(tokenMark) + 1;

/** Returns the chunk of a first token, which also says when the request arrived. */
export function firstChunk(arrivedMs: number): Buffer {
  return chunkOf(`${tokenMark}${stampOf(performance.now())}${stampOf(arrivedMs)}`);
}

/** Returns what ends a reply: the finish reason, the usage, `[DONE]`, framed. */
export function endingOf(tokens: number): Buffer {
  const usage = `{"prompt_tokens":9,"completion_tokens":${tokens},"total_tokens":${tokens + 9}}`;
  return framed(
    `data: {${common},"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n` +
      `data: {${common},"model":"gpt-4o-mini","choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`,
  );
}

function framed(text: string): Buffer {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`); // all of it is ASCII
}
