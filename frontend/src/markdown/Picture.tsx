// A picture that a model names lies with others: to load it tells them of the reader, so the reader decides.
import { useState } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { pictureTarget } from './targets.ts';

interface PictureProps {
  readonly address: string;
  readonly description: string;
}

/** Draws the name of a picture and where it lies, then, once asked for, the picture. */
export function Picture({ address, description }: PictureProps) {
  const messages = useMessages();
  const [state, setState] = useState<'unasked' | 'shown' | 'failed'>('unasked');
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
    <button type="button" className="picture-ask" onClick={() => setState('shown')}>
      {description !== '' && <span className="picture-words">{description}</span>}
      <span>{state === 'failed' ? messages.pictureFailed(target.host) : messages.showPicture(target.host)}</span>
    </button>
  );
}
