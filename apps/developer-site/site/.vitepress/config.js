/** How VitePress makes the developer site from the pages in docs/developers. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mendSearchBox } from './search-box.js';

const root = resolve(import.meta.dirname, '../../../..');
const OUT = resolve(root, 'apps/developer-site/out-site');
/** What the viewer of the OpenAPI document is made of: our page, and Swagger UI with its licence. */
const VIEWER = {
  'apps/developer-site/site/api': ['viewer.html', 'viewer.js', 'viewer.css'],
  'node_modules/swagger-ui-dist': ['swagger-ui-bundle.js', 'swagger-ui.css'],
};

function copyViewer() {
  mkdirSync(join(OUT, 'api'), { recursive: true });
  for (const [folder, files] of Object.entries(VIEWER))
    for (const file of files) copyFileSync(join(root, folder, file), join(OUT, 'api', file));
  for (const file of ['LICENSE', 'NOTICE'])
    copyFileSync(
      join(root, 'node_modules/swagger-ui-dist', file),
      join(OUT, 'api', `swagger-ui.${file}.txt`),
    );
}

const GUIDES = [
  ['Overview', '/'],
  ['Start in ten minutes', '/start'],
  ['Try it in the browser', '/try'],
  ['Tutorial', '/tutorial'],
  ['Authentication guide', '/authentication'],
  ['Examples', '/examples'],
];
const REFERENCE = [
  ['Register an app', '/register'],
  ['Launch', '/launch'],
  ['Tokens', '/tokens'],
  ['Scopes and consent', '/scopes'],
  ['Reading data', '/reading'],
  ['Resource types', '/reference'],
  ['Directory and formulary', '/published'],
  ['Errors', '/errors'],
  ['Plans and logos', '/brands'],
  ['Limits', '/limits'],
  ['Libraries', '/libraries'],
];
const SERVICE = [
  ['Sandbox', '/sandbox'],
  ['Changes', '/changelog'],
  ['Deprecation', '/deprecation'],
  ['Support', '/support'],
  ['Terms and privacy', '/terms'],
  ['Status', '/status'],
];
const items = (pages) => pages.map(([text, link]) => ({ text, link }));
/** A page that is not made by VitePress: with a target, the browser goes there by itself. */
const OPENAPI = { text: 'Every request (OpenAPI)', link: '/api/viewer', target: '_self' };

/** The anchors of GitHub, so that a link to a heading is the same there and here. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

export default {
  title: 'Patient Access API',
  description: 'For app developers: read a member’s health plan data with FHIR and SMART App Launch.',
  lang: 'en',
  srcDir: resolve(root, 'docs/developers'),
  outDir: OUT,
  buildEnd: copyViewer,
  cacheDir: resolve(root, 'apps/developer-site/out-site.cache'),
  cleanUrls: true,
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  // Otherwise a script adds a style element when it starts, which Content-Security-Policy refuses.
  appearance: { disableTransition: false },
  // The list of all pages is a file of its own, so that each page has no inline script of its own.
  metaChunk: true,
  vite: { plugins: [mendSearchBox] },
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    search: { provider: 'local' },
    notFound: {
      title: 'There is no such page',
      quote: 'Look for it in the menu, or with the search.',
      linkText: 'To the guide',
      linkLabel: 'To the guide',
    },
    outline: { level: [2, 3] },
    sidebar: [
      { text: 'Begin', items: items(GUIDES) },
      { text: 'Reference', items: [...items(REFERENCE), OPENAPI] },
      { text: 'Service', items: items(SERVICE) },
    ],
  },
};
