// A choice between a few options: radio buttons styled as a segmented control.
import { useId } from 'react';

interface ChoiceProps<Value extends string> {
  readonly legend: string;
  readonly chosen: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly lang?: string }[];
  readonly onChoose: (value: Value) => void;
}

/** Renders the options in a row. */
export function Choice<Value extends string>({ legend, chosen, options, onChoose }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className="setting choice">
      <legend>{legend}</legend>
      <div className="choice-options">
        {options.map(({ value, label, lang }) => (
          <label key={value} lang={lang}>
            <input
              type="radio"
              name={name}
              className="visually-hidden"
              checked={value === chosen}
              onChange={() => onChoose(value)}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
