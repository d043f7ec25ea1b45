// The form for a new message. It owns the draft, so that typing renders no other component. A growing reply does not
// render the form.
import type { ConfigResponse } from '@sillage/protocol';
import {
  type KeyboardEvent,
  memo,
  type Ref,
  type SyntheticEvent,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import { sends } from '../../browser/keys.ts';
import { useMessages } from '../../i18n/Language.tsx';
import { SendIcon, StopIcon } from '../../ui/icons.tsx';
import { useGrowing } from '../../ui/useGrowing.ts';
import { swapMs } from '../../ui/useSwapGuard.ts';
import type { OwnSettings } from '../own-settings/useOwnSettings.ts';
import { ModelChoice } from './ModelChoice.tsx';
import { QueuedMessage } from './QueuedMessage.tsx';
import { useDraft } from './useDraft.ts';
import { type ReplyProgress, useQueued } from './useQueued.ts';

/** Imperative handle of the composer. */
export interface ComposerHandle {
  focus: () => void;
}

interface ComposerProps {
  readonly own: OwnSettings;
  readonly draftId: string;
  /** Whether the conversation has loaded; until then a message cannot be sent. */
  readonly isReady: boolean;
  readonly progress: ReplyProgress;
  readonly config: ConfigResponse | undefined;
  readonly maxLength: number;
  readonly onSend: (message: string) => void;
  readonly onStop: () => Promise<unknown>;
  /** Opens the settings of the conversation. */
  readonly onSettings: () => void;
  readonly ref: Ref<ComposerHandle>;
}

/** Renders the form. Enter sends and Shift+Enter inserts a line break; on touch screens Enter inserts a line break.
 *  While a reply streams, Enter queues the message and the button stops the reply. */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { own, draftId, isReady, progress, config, maxLength, onSend, onStop, onSettings, ref } = props;
  const { composer } = useMessages();
  const { text, setText } = useDraft(draftId);
  const field = useRef<HTMLTextAreaElement>(null);
  const message = text.trim();
  const isTooLong = message.length > maxLength;

  useGrowing(field, text);
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }), []);

  const isStreaming = progress === 'streaming';
  const latestText = useRef(text);
  useEffect(() => {
    latestText.current = text;
  }, [text]);
  const takeBack = useCallback(
    (waiting: string) => {
      setText([waiting, latestText.current].filter((part) => part.trim() !== '').join('\n\n'));
      field.current?.focus();
    },
    [setText],
  );
  const queued = useQueued({ progress, onSend, onStop, onTakeBack: takeBack });

  const send = () => {
    if (!isReady || message === '' || isTooLong) return;
    setText('');
    if (isStreaming) queued.add(message);
    else onSend(message);
  };
  const press = (event: KeyboardEvent) => {
    if (!sends(event)) return;
    event.preventDefault();
    send();
  };
  const [hasFiles, setHasFiles] = useState(false);
  const refuseFiles = (event: SyntheticEvent, { files, types }: DataTransfer) => {
    const isRefused = files.length > 0 && !types.includes('text/plain');
    if (isRefused) event.preventDefault();
    setHasFiles(isRefused);
  };
  const swappedAtMs = useSwappedAt(isStreaming);

  return (
    <form
      className="composer"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => refuseFiles(event, event.dataTransfer)}
      onSubmit={(event) => {
        event.preventDefault();
        // A click aimed at the stop button just after the reply ended must not send the draft.
        if (performance.now() - swappedAtMs.current > swapMs) send();
      }}
    >
      <QueuedMessage queued={queued} onEdit={queued.takeBack} />
      {isTooLong && (
        <p className="field-error" role="alert">
          {composer.tooLong(message.length, maxLength)}
        </p>
      )}
      {hasFiles && (
        <p className="field-error" role="alert">
          {composer.noFiles}
        </p>
      )}
      <div className="composer-box">
        <textarea
          ref={field}
          id="composer"
          dir="auto"
          rows={1}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setHasFiles(false);
          }}
          onKeyDown={press}
          onPaste={(event) => refuseFiles(event, event.clipboardData)}
          placeholder={composer.placeholder}
          aria-keyshortcuts="/"
          aria-label={composer.label}
          aria-describedby="composer-hint"
          aria-invalid={isTooLong}
        />
        {isStreaming ? (
          <button key="stop" type="button" className="round" onClick={() => void onStop()} aria-label={composer.stop}>
            <StopIcon />
          </button>
        ) : (
          <button
            key="send"
            type="submit"
            className="round"
            aria-label={composer.send}
            aria-disabled={message === '' || isTooLong}
          >
            <SendIcon />
          </button>
        )}
      </div>
      <p id="composer-hint" className="composer-hint">
        <span className="keys">{isStreaming ? composer.keysWhileStreaming : composer.keys}</span>
        {config?.demo === true && <span data-testid="demo-hint">{composer.demo}</span>}
        <ModelChoice config={config} own={own} onSettings={onSettings} />
      </p>
    </form>
  );
});

/** Returns a ref with the time at which the send and stop buttons were last swapped, in milliseconds. */
function useSwappedAt(isStreaming: boolean) {
  const atMs = useRef(Number.NEGATIVE_INFINITY);
  const before = useRef(isStreaming);
  useEffect(() => {
    if (before.current !== isStreaming) atMs.current = performance.now();
    before.current = isStreaming;
  }, [isStreaming]);
  return atMs;
}
