// What the server tells pages about itself. The page works without it, so that only a lost sign-in matters here.
import { type ConfigAnswer, StreamError } from '@sillage/protocol';
import { useEffect, useState } from 'react';
import { fetchConfig } from '../browser/api.ts';

/** Gives the server's configuration once it is known. */
export function useConfig(onUnauthorized: () => void): ConfigAnswer | undefined {
  const [config, setConfig] = useState<ConfigAnswer>();

  useEffect(() => {
    const request = new AbortController();
    fetchConfig(request.signal).then(
      (answer) => request.signal.aborted || setConfig(answer),
      (error) => {
        if (error instanceof StreamError && error.code === 'unauthorized' && !request.signal.aborted) onUnauthorized();
      },
    );
    return () => request.abort();
  }, [onUnauthorized]);

  return config;
}
