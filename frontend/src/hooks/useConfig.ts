// The server's configuration. The page works without it, so only the error `unauthorized` is handled here.
import { readConfig } from '@sillage/client';
import type { ConfigResponse } from '@sillage/protocol';
import { useEffect, useState } from 'react';
import { codeOf, server } from '../browser/api.ts';

/** Returns the server's configuration after it has loaded. */
export function useConfig(onUnauthorized: () => void): ConfigResponse | undefined {
  const [config, setConfig] = useState<ConfigResponse>();

  useEffect(() => {
    const request = new AbortController();
    readConfig({ ...server, signal: request.signal }).then(
      (config) => request.signal.aborted || setConfig(config),
      (error) => {
        if (codeOf(error) === 'unauthorized' && !request.signal.aborted) onUnauthorized();
      },
    );
    return () => request.abort();
  }, [onUnauthorized]);

  return config;
}
