/**
 * How Node finds and reads the modules of a test: libraries by their sources, and TypeScript with SWC and decorator metadata.
 * What SWC and V8 have made of them is kept for the processes that come later, in a folder that `npm ci` empties.
 */
import { hash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync, version } from '@swc/core';

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

const KEPT = fileURLToPath(new URL('node_modules/.cache/patient-access/tests', root));
mkdirSync(KEPT, { recursive: true });
enableCompileCache(join(KEPT, 'v8'));

/** @returns JavaScript with its source map */
function compiled(filename) {
  const source = readFileSync(filename, 'utf8');
  const options = { ...swc, swcrc: false, filename, sourceMaps: 'inline' };
  const place = join(KEPT, `${hash('sha256', JSON.stringify([version, options, source]))}.js`);
  try {
    return readFileSync(place, 'utf8');
  } catch {
    const { code } = transformSync(source, options);
    // Several processes may make it at once: each writes the same, whole.
    const own = `${place}.${randomUUID()}`;
    writeFileSync(own, code);
    renameSync(own, place);
    return code;
  }
}

registerHooks({
  resolve(specifier, context, next) {
    const url = sourceOf(specifier);
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
  load(url, context, next) {
    if (!/^file:.*\.ts$/.test(url)) return next(url, context);
    return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
  },
});
process.setSourceMapsEnabled(true);
