// The connection status of the page, shown only while it is offline or reconnecting, and briefly after it is back.
import type { Feed } from '@sillage/client';
import { useFeed } from '@sillage/client/react';
import { useEffect, useState } from 'react';
import { useLate } from '../../hooks/useLate.ts';
import { useOnline } from '../../hooks/useOnline.ts';
import { useMessages } from '../../i18n/Language.tsx';

/** A lost connection is shown only after this time. */
const unseenMs = 1_500;
const backForMs = 4_000;

/** Renders the connection status above the conversation, without a layout shift. */
export function Connection({ feed }: { readonly feed: Feed }) {
  const { connection: words } = useMessages();
  const { connection } = useFeed(feed);
  const isLost = useLate(connection === 'reconnecting' || connection === 'connecting', unseenMs);
  const isOnline = useOnline();
  const trouble = connection === 'offline' || !isOnline ? 'offline' : isLost ? 'reconnecting' : undefined;
  const isBack = useBack(trouble !== undefined);
  const said = trouble ?? (isBack ? 'back' : undefined);

  return (
    <div className="connection" aria-live="polite" data-testid="connection" data-connection={said ?? connection}>
      {said !== undefined && <p>{words[said]}</p>}
    </div>
  );
}

/** Whether the connection came back within the last `backForMs`. */
function useBack(isTrouble: boolean): boolean {
  const [wasTrouble, setTrouble] = useState(false);
  if (isTrouble && !wasTrouble) setTrouble(true);

  useEffect(() => {
    if (isTrouble || !wasTrouble) return;
    const timer = setTimeout(() => setTrouble(false), backForMs);
    return () => clearTimeout(timer);
  }, [isTrouble, wasTrouble]);

  return wasTrouble && !isTrouble;
}
