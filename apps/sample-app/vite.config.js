import { defineConfig } from 'vite';

export default defineConfig({
  // Port 8082 of 127.0.0.1, because a redirect address has to be the same to the letter.
  server: { host: '127.0.0.1', port: 8082, strictPort: true },
  // fhirclient brings its own `fetch` and cryptography for old browsers, unless it is told that this one is new.
  define: { FHIRCLIENT_PURE: 'true' },
  resolve: { alias: { 'isomorphic-webcrypto': '/src/no-polyfill.ts' } },
  build: {
    outDir: 'out-app',
    // Content-Security-Policy allows neither a script nor an image inside the page.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  esbuild: { jsx: 'automatic' },
});
