// A setting that is on or off.
import { useId } from 'react';

interface SwitchProps {
  readonly label: string;
  readonly detail: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Renders a switch with its label and what it does. */
export function Switch({ label, detail, isOn, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="setting">
      <label htmlFor={id}>
        {label}
        <span className="setting-detail">{detail}</span>
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className="switch"
        checked={isOn}
        aria-checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
    </div>
  );
}
