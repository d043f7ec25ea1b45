// A button that copies the address of a message.
import { pathOf } from '../browser/address.ts';
import { useMessages } from '../i18n/Language.tsx';
import { CopyButton } from './CopyButton.tsx';
import { LinkIcon } from './icons.tsx';

interface CopyLinkProps {
  readonly sessionId: string;
  readonly messageId: string;
  /** Until it is stored, a message has no address; the button keeps its place, so that nothing moves. */
  readonly isStored: boolean;
}

/** Renders the button; the address opens the conversation at the message. */
export function CopyLink({ sessionId, messageId, isStored }: CopyLinkProps) {
  const { message } = useMessages();
  return (
    <span className={isStored ? undefined : 'reserved'}>
      <CopyButton
        text={window.location.origin + pathOf(sessionId, messageId)}
        label={message.copyLink}
        confirmation={message.linkCopied}
        icon={<LinkIcon />}
      />
    </span>
  );
}
