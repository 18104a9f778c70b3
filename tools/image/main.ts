/**
 * `node tools/image/main.ts --out <folder> <image>…`: writes the files of images, each into `<folder>/<image>`: the
 * built programs, what they import, and nothing else. docker/Dockerfile copies such a folder. The code has to be built.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { IMAGES } from './images.ts';
import { writeTree } from './tree.ts';

const root = resolve(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const names = positionals.length > 0 ? positionals : [...IMAGES.keys()];
const unknown = names.filter((name) => !IMAGES.has(name));
if (values.out === undefined || unknown.length > 0) {
  console.error(`usage: node tools/image/main.ts --out <folder> [${[...IMAGES.keys()].join('|')}]…`);
  process.exit(2);
}
for (const [name, image] of IMAGES) {
  if (!names.includes(name)) continue;
  const folder = join(resolve(values.out), name);
  // Fails where something is there already: an image must not get files of another build.
  mkdirSync(folder, { recursive: true });
  writeTree(root, folder, name, image);
}
