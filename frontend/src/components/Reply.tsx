// One reply: its words, where it stands, and what can be done with it.
import { memo } from 'react';
import type { ShownMessage } from '../conversation/conversation.ts';
import { type LiveReply, statusOfEnded } from '../conversation/reply-status.ts';
import { useMessages } from '../i18n/Language.tsx';
import { statusWords } from '../i18n/messages.ts';
import { CopyButton } from './CopyButton.tsx';
import { Failure, type FailureActions } from './Failure.tsx';
import { ReplyText } from './ReplyText.tsx';

interface ReplyProps {
  readonly message: ShownMessage;
  /** The reply as it is being read; absent once it has ended. */
  readonly live: LiveReply | undefined;
  /** Only the last reply can be asked for again. */
  readonly actions: FailureActions | undefined;
}

/** Draws a reply, live or ended. Its last line keeps its height, so that nothing moves when the reply begins or ends. */
export const Reply = memo(function Reply({ message, live, actions }: ReplyProps) {
  const messages = useMessages();
  const text = live?.text ?? message.text;
  const status = live?.status ?? statusOfEnded(message);
  const hasFailed = status === 'failed' || status === 'interrupted';
  const wake = live !== undefined ? 'running' : message.isFresh ? 'settling' : 'none';

  return (
    <article className="reply" aria-label={messages.reply} aria-busy={live !== undefined} data-testid="reply">
      {text === '' && live !== undefined ? <Waiting /> : <ReplyText text={text} wake={wake} />}
      {hasFailed && <Failure message={message} code={message.code ?? 'internal'} actions={actions} />}
      <footer className="reply-footer">
        <span className="reply-status" data-testid="reply-status" data-status={status}>
          {status === 'failed' ? '' : statusWords(messages, { status, retryAfter: live?.retryAfter })}
        </span>
        {live === undefined && text !== '' && <CopyButton text={text} />}
      </footer>
    </article>
  );
});

/** Is as high as a first line of text: the wake alone, before any word. */
function Waiting() {
  return (
    <div className="reply-text" data-testid="reply-text">
      <p>
        <span className="wake wake-alone" data-wake="running" />
      </p>
    </div>
  );
}
