// The menu items of a conversation, shared by all its menus.
import type { Messages } from '../i18n/messages.ts';
import { DownloadIcon, PenIcon, PinIcon, StopIcon, TrashIcon, UnpinIcon } from '../ui/icons.tsx';
import type { MenuItem } from '../ui/Menu.tsx';

interface SessionActions {
  /** Absent if no reply is in progress. */
  readonly stop?: (() => void) | undefined;
  readonly isPinned: boolean;
  readonly pin: (pinned: boolean) => void;
  readonly rename: () => void;
  readonly save: (format: 'markdown' | 'json') => void;
  readonly remove: () => void;
}

/** Returns the menu items of a conversation. */
export function menuItemsOf(
  { list }: Messages,
  { stop, isPinned, pin, rename, save, remove }: SessionActions,
): readonly MenuItem[] {
  return [
    ...(stop === undefined ? [] : [{ label: list.stop, icon: <StopIcon />, onChoose: stop }]),
    isPinned
      ? { label: list.unpin, icon: <UnpinIcon />, onChoose: () => pin(false) }
      : { label: list.pin, icon: <PinIcon />, onChoose: () => pin(true) },
    { label: list.rename, icon: <PenIcon />, onChoose: rename },
    { label: list.exportMarkdown, icon: <DownloadIcon />, onChoose: () => save('markdown') },
    { label: list.exportJson, icon: <DownloadIcon />, onChoose: () => save('json') },
    { label: list.remove, icon: <TrashIcon />, isDangerous: true, onChoose: remove },
  ];
}
