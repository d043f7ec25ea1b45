// The model, token usage and time of a reply, in a popover.
import type { ConversationMessage } from '@sillage/client';
import { useLanguage, useMessages } from '../../i18n/Language.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { InfoIcon } from '../../ui/icons.tsx';
import { usePopover } from '../../ui/usePopover.ts';

/** Renders the button and the panel that it opens. */
export function Details({ message }: { readonly message: ConversationMessage }) {
  const { details: label } = useMessages().message;
  const popover = usePopover();
  return (
    <>
      <IconButton isSmall label={label} {...popover.anchorProps}>
        <InfoIcon />
      </IconButton>
      <div {...popover.panelProps} className="popover">
        {popover.isOpen && <Facts message={message} />}
      </div>
    </>
  );
}

function Facts({ message }: { readonly message: ConversationMessage }) {
  const { locale, messages } = useLanguage();
  const { details } = messages;
  const number = new Intl.NumberFormat(locale);
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
  const { model, provider, usage, finishReason, createdAt } = message;
  const count = (tokens: number | undefined) => (tokens === undefined ? details.unknown : number.format(tokens));
  const facts: readonly (readonly [string, string])[] = [
    [details.model, provider === undefined ? (model ?? details.unknown) : `${model} (${provider})`],
    [details.promptTokens, count(usage?.promptTokens)],
    [details.completionTokens, count(usage?.completionTokens)],
    [details.end, finishReason === undefined ? details.unknown : details.finishReason[finishReason]],
    [details.at, time.format(new Date(createdAt))],
  ];

  return (
    <dl className="details" data-testid="details">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
