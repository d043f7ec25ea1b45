import { type AIStreamOptions, createAIStream } from '@sillage/client';
import { onScopeDispose, readonly, shallowRef } from 'vue';

/** Streams one reply at a time into a component. The whole binding: the core is a store, Vue draws its state. */
export function useAIStream(options: AIStreamOptions = {}) {
  const stream = createAIStream(options);
  const state = shallowRef(stream.getState());
  const unsubscribe = stream.subscribe(() => {
    state.value = stream.getState();
  });
  onScopeDispose(() => {
    unsubscribe();
    stream.leave();
  });
  return { state: readonly(state), start: stream.start, stop: stream.stop, reset: stream.reset };
}
