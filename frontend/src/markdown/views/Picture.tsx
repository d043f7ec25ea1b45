// A picture in a reply is hosted by a third party. Loading it reveals the user's address to that host, so it loads only
// after a click.
import { useState } from 'react';
import { useMessages } from '../../i18n/Language.tsx';
import { pictureTarget } from '../targets.ts';

interface PictureProps {
  readonly address: string;
  readonly description: string;
}

/** Renders the description and host of a picture, and the picture itself after a click. */
export function Picture({ address, description }: PictureProps) {
  const messages = useMessages();
  const [state, setState] = useState<'hidden' | 'shown' | 'failed'>('hidden');
  const target = pictureTarget(address);
  if (target === undefined) return description;
  if (state === 'shown') {
    return (
      <img
        className="picture"
        src={target.href}
        alt={description}
        referrerPolicy="no-referrer"
        onError={() => setState('failed')}
      />
    );
  }
  return (
    <button type="button" className="picture-load" onClick={() => setState('shown')}>
      {description !== '' && <span className="picture-words">{description}</span>}
      <span>{state === 'failed' ? messages.pictureFailed(target.host) : messages.showPicture(target.host)}</span>
    </button>
  );
}
