// Builds the chat page into frontend/dist, which the server serves at `/`. In development /api goes to the server.
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
    outDir: 'dist',
    target: buildTarget(),
    emptyOutDir: true,
    // The page's policy allows files of its own origin only: nothing is inlined as a data URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
