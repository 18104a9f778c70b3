/** How Node finds and reads the modules of a test: libraries by their sources, and TypeScript with SWC and decorator metadata. */
import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = new URL('../../', import.meta.url);
const swc = JSON.parse(readFileSync(new URL('.swcrc', root), 'utf8'));
// Sources are imported by the `.ts` specifiers that they have; rewriting is for the compiled output only.
delete swc.jsc.rewriteRelativeImportExtensions;

const LIBRARIES = new Set(readdirSync(new URL('libs', root)));
const LIBRARY = /^@patient-access\/([a-z-]+)(?:\/([a-z]+))?$/;

/** @returns the URL of the source that a specifier stands for, if it stands for one */
function sourceOf(specifier) {
  if (specifier === '@jest/globals') return new URL('globals.js', import.meta.url).href;
  const [, library, part = 'index'] = LIBRARY.exec(specifier) ?? [];
  return LIBRARIES.has(library) ? new URL(`libs/${library}/src/${part}.ts`, root).href : undefined;
}

registerHooks({
  resolve(specifier, context, next) {
    const url = sourceOf(specifier);
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
  load(url, context, next) {
    if (!/^file:.*\.ts$/.test(url)) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...swc,
      swcrc: false,
      filename,
      sourceMaps: 'inline',
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
process.setSourceMapsEnabled(true);
