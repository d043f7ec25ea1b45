// The contract suite on every wire format.
import { EventSchemas } from '@ag-ui/core/schemas';
import type { UIMessageChunk } from 'ai';
import { AgUiEncoder } from './ag-ui-encoder.ts';
import { SillageEncoder } from './sillage-encoder.ts';
import { streamEncoderContract } from './stream-encoder.contract.ts';
import { UiMessageEncoder } from './ui-message-encoder.ts';

streamEncoderContract("Sillage's own format", {
  create: (read) => new SillageEncoder(read),
  hasParts: false,
  understand: (data) => {
    const { content, reasoning, done, error } = JSON.parse(data);
    if (error) return { kind: 'error', error };
    if (done) return { kind: 'end' };
    return reasoning
      ? { kind: 'delta', type: 'reasoning', text: reasoning }
      : { kind: 'delta', type: 'text', text: content };
  },
});

streamEncoderContract('the UI message stream of the AI SDK', {
  create: (read) => new UiMessageEncoder(read, { id: 'reply-1', model: 'm' }),
  hasParts: true,
  understand: (data) => {
    if (data === '[DONE]') return undefined;
    const part = JSON.parse(data) as UIMessageChunk;
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start':
        return { kind: 'open', type: part.type === 'text-start' ? 'text' : 'reasoning', id: part.id };
      case 'text-delta':
      case 'reasoning-delta':
        return {
          kind: 'delta',
          type: part.type === 'text-delta' ? 'text' : 'reasoning',
          id: part.id,
          text: part.delta,
        };
      case 'text-end':
      case 'reasoning-end':
        return { kind: 'close', type: part.type === 'text-end' ? 'text' : 'reasoning', id: part.id };
      case 'error':
        return { kind: 'error', error: part.errorText };
      case 'finish':
        return { kind: 'end' };
      default:
        return undefined;
    }
  },
});

streamEncoderContract('AG-UI', {
  create: (read) => new AgUiEncoder(read, { id: 'reply-1', model: 'm' }, { threadId: 's', runId: 'r' }),
  hasParts: true,
  understand: (data) => {
    const event = EventSchemas.parse(JSON.parse(data));
    switch (event.type) {
      case 'TEXT_MESSAGE_START':
      case 'REASONING_MESSAGE_START':
        return { kind: 'open', type: partOf(event.type), id: event.messageId };
      case 'TEXT_MESSAGE_CONTENT':
      case 'REASONING_MESSAGE_CONTENT':
        return { kind: 'delta', type: partOf(event.type), id: event.messageId, text: event.delta };
      case 'TEXT_MESSAGE_END':
      case 'REASONING_MESSAGE_END':
        return { kind: 'close', type: partOf(event.type), id: event.messageId };
      case 'RUN_ERROR':
        return { kind: 'error', error: event.message };
      case 'RUN_FINISHED':
        return { kind: 'end' };
      default:
        return undefined;
    }
  },
});

function partOf(type: string): 'text' | 'reasoning' {
  return type.startsWith('TEXT') ? 'text' : 'reasoning';
}
