// The headers of the protocol.

export const streamId = 'Stream-Id';
export const lastEventId = 'Last-Event-ID';
export const idempotencyKey = 'Idempotency-Key';
