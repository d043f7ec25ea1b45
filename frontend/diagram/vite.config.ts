// The build of the document that draws diagrams, into backend/dist/page/diagram. A build of its own shares no file with
// the page, because its files are served with headers of their own.
import { defineConfig } from 'vite';
import { buildTarget } from '../supported-browsers.ts';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: '../../backend/dist/page/diagram',
    target: buildTarget(),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_000,
  },
});
