// The schemas of requests, as they validate them, by the names that they have in the OpenAPI document.
import { z } from 'zod';
import { sessionSchemas } from '../../conversations/http/sessions-request.dto.ts';
import { agUiSchema } from '../ag-ui/ag-ui-request.ts';
import { uiMessageSchema } from '../ai-sdk/ui-message-request.ts';
import { revokeSchema } from '../revoking/revoke-request.ts';
import { chatQueryFields, chatRequestSchema } from '../starting/chat-request.dto.ts';

const ticket = z.string().optional().describe('a ticket of `POST /ticket`, in place of the token');

/** The schemas of bodies and queries. */
export const requestSchemas = {
  bodies: {
    ChatRequest: chatRequestSchema,
    SessionChange: sessionSchemas.change,
    UiMessageRequest: uiMessageSchema,
    RunAgentInput: agUiSchema,
    Revocation: revokeSchema,
  },
  queries: {
    chat: z.object({
      ...chatRequestSchema.shape,
      ...chatQueryFields,
      ticket,
      idempotencyKey: z.string().optional(),
    }),
    read: z.object({ after: z.string().optional().describe('the offset to read after'), ticket }),
    ticket: z.object({ ticket }),
    sessions: sessionSchemas.list,
    messages: sessionSchemas.page,
    exported: sessionSchemas.exported,
  },
};
