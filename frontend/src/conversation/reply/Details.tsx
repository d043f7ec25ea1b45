// The model, the person's own settings, token usage and time of a reply, in a popover.
import type { ConversationMessage } from '@sillage/client';
import { useState } from 'react';
import { useLanguage, useMessages } from '../../i18n/Language.tsx';
import { costWords } from '../../ui/cost.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { InfoIcon } from '../../ui/icons.tsx';
import { usePopover } from '../../ui/usePopover.ts';
import { TimelineDialog } from '../timeline/TimelineDialog.tsx';

/** Renders the button and the panel that it opens. */
export function Details({ message }: { readonly message: ConversationMessage }) {
  const { message: words, timeline } = useMessages();
  const popover = usePopover();
  const [hasTimeline, setHasTimeline] = useState(false);
  const { streamId } = message;
  const label = words.details;
  return (
    <>
      <IconButton isSmall label={label} {...popover.anchorProps}>
        <InfoIcon />
      </IconButton>
      <div {...popover.panelProps} className="popover">
        {popover.isOpen && <Facts message={message} />}
        {popover.isOpen && streamId !== undefined && (
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              popover.close();
              setHasTimeline(true);
            }}
          >
            {timeline.title}
          </button>
        )}
      </div>
      {hasTimeline && streamId !== undefined && (
        <TimelineDialog streamId={streamId} onClose={() => setHasTimeline(false)} />
      )}
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
