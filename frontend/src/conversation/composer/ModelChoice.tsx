// The choice of a model, if the server offers several. Each conversation has its own.
import type { ConfigResponse } from '@sillage/protocol';
import { usePerson } from '../../browser/person.ts';
import { storedKeys } from '../../browser/stored.ts';
import { useStored } from '../../browser/useStored.ts';
import { useMessages } from '../../i18n/Language.tsx';

/** Returns the model chosen in this conversation, or else the one chosen last, or the default one if it is no longer
 *  offered; `undefined` if there is no choice. */
export function useModel(config: ConfigResponse | undefined, sessionId: string): string | undefined {
  const [own] = useStored(storedKeys.modelOf(usePerson(), sessionId));
  const [latest] = useStored(storedKeys.model);
  if (config === undefined || config.models.length < 2) return undefined;
  return config.models.find((model) => model === (own ?? latest)) ?? config.defaultModel;
}

interface ModelChoiceProps {
  readonly config: ConfigResponse | undefined;
  readonly sessionId: string;
}

/** Renders the choice; nothing if the server offers fewer than two models. */
export function ModelChoice({ config, sessionId }: ModelChoiceProps) {
  const { model: label } = useMessages();
  const [, keepOwn] = useStored(storedKeys.modelOf(usePerson(), sessionId));
  const [, keepLatest] = useStored(storedKeys.model);
  const chosen = useModel(config, sessionId);
  const choose = (model: string) => {
    keepOwn(model);
    keepLatest(model);
  };
  if (config === undefined || chosen === undefined) return null;
  return (
    <select
      className="model"
      aria-label={label}
      title={label}
      value={chosen}
      onChange={(event) => choose(event.target.value)}
    >
      {config.models.map((model) => (
        <option key={model}>{model}</option>
      ))}
    </select>
  );
}
