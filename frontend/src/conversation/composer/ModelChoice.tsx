// The choice of a model, if the server offers several.
import type { ConfigResponse } from '@sillage/protocol';
import { storedKeys } from '../../browser/stored.ts';
import { useStored } from '../../browser/useStored.ts';
import { useMessages } from '../../i18n/Language.tsx';

/** Returns the chosen model, or the default one if the chosen model is no longer offered; `undefined` if there is no
 *  choice. */
export function useModel(config: ConfigResponse | undefined): string | undefined {
  const [kept] = useStored(storedKeys.model);
  if (config === undefined || config.models.length < 2) return undefined;
  return config.models.find((model) => model === kept) ?? config.defaultModel;
}

/** Renders the choice; nothing if the server offers fewer than two models. */
export function ModelChoice({ config }: { readonly config: ConfigResponse | undefined }) {
  const { model: label } = useMessages();
  const [, keep] = useStored(storedKeys.model);
  const chosen = useModel(config);
  if (config === undefined || chosen === undefined) return null;
  return (
    <select
      className="model"
      aria-label={label}
      title={label}
      value={chosen}
      onChange={(event) => keep(event.target.value)}
    >
      {config.models.map((model) => (
        <option key={model}>{model}</option>
      ))}
    </select>
  );
}
