// The model, the person's own settings, token usage and time of a reply, in a popover.
import type { ConversationMessage } from '@sillage/client';
import { useLanguage, useMessages } from '../../i18n/Language.tsx';
import { costWords } from '../../ui/cost.ts';
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
  const { model, temperature, systemPrompt, provider, usage, finishReason, createdAt } = message;
  const { cachedTokens, reasoningTokens, estimated, cost } = usage ?? {};
  const count = (tokens: number | undefined, part = '') => {
    if (tokens === undefined) return details.unknown;
    return `${estimated ? details.about(number.format(tokens)) : number.format(tokens)}${part && ` (${part})`}`;
  };
  const cached = cachedTokens ? details.cached(number.format(cachedTokens)) : '';
  const reasoning = reasoningTokens ? details.reasoning(number.format(reasoningTokens)) : '';
  const facts: readonly (readonly [string, string])[] = [
    [details.model, provider === undefined ? (model ?? details.unknown) : `${model} (${provider})`],
    ...(temperature === undefined ? [] : [[details.temperature, number.format(temperature)] as const]),
    [details.promptTokens, count(usage?.promptTokens, cached)],
    [details.completionTokens, count(usage?.completionTokens, reasoning)],
    ...(cost === undefined ? [] : [[details.cost, costWords(cost, locale)] as const]),
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
      {systemPrompt !== undefined && (
        <div className="details-text">
          <dt>{details.systemPrompt}</dt>
          <dd dir="auto">{systemPrompt}</dd>
        </div>
      )}
    </dl>
  );
}
