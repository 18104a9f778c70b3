/** `npm run guide-definitions -- <folder of FHIR packages>`: makes the definitions in `data` again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { type FhirPackage, packagesIn } from '../packages/packages.ts';
import { SHIPPED_GUIDES, type ShippedGuides } from './contents.ts';
import { Reduction } from './reduce.ts';
import { fileOf, type ShippedFile, unpacked } from './shipped.ts';

function made(all: readonly FhirPackage[], { packages, profiles }: ShippedGuides): ShippedFile {
  const found = packages.map((name) => {
    const one = all.find((each) => each.name === name);
    if (!one) throw new Error(`${name} is not in the folder`);
    return one;
  });
  const reduction = new Reduction(found.flatMap(({ resources }) => resources));
  const missing = reduction.take(profiles);
  if (missing.length > 0) console.log(`in none of the packages: ${missing.join(', ')}`);
  return {
    packages: found.map(({ name, licence }) => ({ name, licence })),
    resources: reduction.resources,
  };
}

const packed = (text: Buffer) =>
  brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('a folder; see the head of this file');
const all = await packagesIn(folder);
for (const guides of SHIPPED_GUIDES) {
  const text = JSON.stringify(made(all, guides));
  const bytes = packed(Buffer.from(text));
  writeFileSync(fileOf(guides.file), bytes);
  if (JSON.stringify(unpacked(readFileSync(fileOf(guides.file)))) !== text) throw new Error('not readable');
  console.log(`${guides.file}: ${text.length} characters, ${bytes.length} bytes`);
}
