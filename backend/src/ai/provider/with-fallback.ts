// Sends a completion request to one provider after another until one of them sends its first token.
import type { StreamError } from '@sillage/protocol';
import type { ModelEvent } from '../model-event.ts';

/** A provider that the request can be sent to. */
export interface Candidate {
  readonly name: string | undefined;
  readonly read: () => AsyncGenerator<ModelEvent, void, unknown>;
}

/** Callbacks of `withFallback`. */
export interface FallbackListener {
  /** The provider has sent its first event; `failed` are the names of those before it. */
  readonly onFirstEvent: (name: string | undefined, failed: readonly string[]) => void;
  /** The provider has failed before its first event, and the request is sent to `next`. */
  readonly onFailure: (failure: StreamError, providers: { failed: string; next: string }) => void;
}

/** Yields the events of the first candidate that sends any.
 *  @throws {StreamError} the failure of a candidate that had begun, of the last one, or one that the request itself caused. */
export async function* withFallback(
  candidates: readonly Candidate[],
  { onFirstEvent, onFailure }: FallbackListener,
): AsyncGenerator<ModelEvent, void, unknown> {
  const failed: string[] = [];
  for (const [index, { name = '', read }] of candidates.entries()) {
    let hasBegun = false;
    try {
      for await (const event of read()) {
        if (!hasBegun) onFirstEvent(name, failed);
        hasBegun = true;
        yield event;
      }
      return;
    } catch (error) {
      const next = candidates[index + 1]?.name;
      const failure = error as StreamError;
      if (hasBegun || next === undefined || isOfTheRequest(failure)) throw failure;
      onFailure(failure, { failed: name, next });
      failed.push(name);
    }
  }
}

/** Whether the request itself is at fault, so that no other provider is tried. */
function isOfTheRequest({ code }: StreamError): boolean {
  return code === 'prompt-refused' || code === 'context-too-long' || code === 'ai-disabled';
}
