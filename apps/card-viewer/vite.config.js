import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
// By its path, because this is read before anything is compiled.
import { CARD_STYLE } from '../../libs/pages/src/insurance-card/card-html.ts';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));
const STYLE = 'virtual:card.css';

/** The style of a card stands beside its markup, in TypeScript. Here it becomes a part of the style sheet. */
const cardStyle = {
  name: 'card-style',
  resolveId: (id) => (id === STYLE ? `\0${STYLE}` : undefined),
  load: (id) => (id === `\0${STYLE}` ? CARD_STYLE : undefined),
};

export default defineConfig({
  plugins: [cardStyle],
  resolve: { alias: { '@patient-access/pages': pathOf('../../libs/pages/src/index.ts') } },
  build: {
    outDir: 'out-app',
    // Beside the test client's, which has `/assets`.
    assetsDir: 'card-assets',
    // Content-Security-Policy allows no script inside the page.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: { input: pathOf('card.html') },
  },
});
