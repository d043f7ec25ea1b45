// Notifications of the browser, if the user has turned them on here and the browser allows them.
import { storedKeys } from './stored.ts';
import { useStored } from './useStored.ts';

/** Whether this browser has notifications; not in a page over plain HTTP, and not on an iPhone outside of an installed
 *  page. */
export function hasNotifications(): boolean {
  return 'Notification' in window && window.isSecureContext;
}

/** Returns whether notifications are turned on, and the setter, which asks the user for the permission. It returns
 *  whether the browser has allowed it. */
export function useNotifications(): readonly [boolean, (are: boolean) => Promise<boolean>] {
  const [kept, keep] = useStored(storedKeys.notify);
  const set = async (are: boolean) => {
    const isAllowed = !are || (await Notification.requestPermission()) === 'granted';
    keep(are && isAllowed ? 'on' : undefined);
    return isAllowed;
  };
  return [kept === 'on' && hasNotifications() && Notification.permission === 'granted', set];
}

/** Shows a notification; a click on it brings the page to the front. A later one with the same `tag` replaces it. */
export function notify(
  title: string,
  { body, tag, onClick }: { body: string; tag: string; onClick: () => void },
): void {
  try {
    const shown = new Notification(title, { body, tag });
    shown.addEventListener('click', () => {
      window.focus();
      shown.close();
      onClick();
    });
  } catch {
    // Chrome on Android shows notifications of service workers only; the mark in the list remains.
  }
}
