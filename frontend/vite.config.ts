// The build of the chat page into backend/dist/page, which the server's package holds and serves at `/`. In development, /api is proxied to the
// server.
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { buildTarget } from './supported-browsers.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: {
    conditions: ['@sillage/source', ...defaultClientConditions],
    alias: { '@': `${import.meta.dirname}/src` },
  },
  server: { proxy: { '/api': 'http://localhost:3000' } },
  build: {
    outDir: '../backend/dist/page',
    target: buildTarget(),
    emptyOutDir: true,
    // The page's Content Security Policy allows only files of its own origin, so nothing is inlined as a data URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
