// A button that shows an icon, and its label as a tooltip.
import type { ComponentProps } from 'react';

interface IconButtonProps extends ComponentProps<'button'> {
  readonly label: string;
  readonly isSmall?: boolean;
}

/** Renders a button whose only content is an icon. */
export function IconButton({ label, isSmall = false, ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      className={isSmall ? 'button icon-button small' : 'button icon-button'}
      aria-label={label}
      title={label}
      {...props}
    />
  );
}
