// The server's configuration. The page works without it, so only the error `unauthorized` is handled here.
import { type ConfigAnswer, StreamError } from '@sillage/protocol';
import { useEffect, useState } from 'react';
import { fetchConfig } from '../browser/api.ts';

/** Returns the server's configuration after it has loaded. */
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
