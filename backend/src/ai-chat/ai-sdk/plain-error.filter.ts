// Errors for clients that show the body of an error response to a person as it is, as the AI SDK's `useChat` does.
import { Catch } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { ReadErrorFilter } from '../http/read-error.filter.ts';

/** Writes the sentence of an error as plain text. */
@Catch(StreamError)
export class PlainErrorFilter extends ReadErrorFilter {
  protected override readonly asText = true;
}
