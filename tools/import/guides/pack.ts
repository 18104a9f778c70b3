/** `npm run guide-definitions -- <folder of FHIR packages>`: makes the definitions in `data` again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { definitions, type PackageResource } from '@patient-access/fhir';
import { type FhirPackage, packagesIn } from '../packages/packages.ts';
import { PUBLISHED_FILE, SHIPPED_GUIDES, type ShippedGuides, STAND_INS } from './contents.ts';
import { Reduction } from './reduce.ts';
import { fileOf, type ShippedFile, unpacked } from './shipped.ts';

const TERMINOLOGY = 'hl7.terminology.r4#7.3.0';
/** Code systems by whose hierarchy filters are resolved. */
const SYSTEMS_OF_FILTERS = ['http://terminology.hl7.org/CodeSystem/v3-ActCode'];

function standIns(all: readonly FhirPackage[]): PackageResource[] {
  const systems = packageNamed(all, TERMINOLOGY).resources.filter(({ url }) =>
    SYSTEMS_OF_FILTERS.includes(url),
  );
  const sets = STAND_INS.map(({ url, package: name, as = url }) => {
    const set = packageNamed(all, name).resources.find((each) => each.url === as);
    if (!set) throw new Error(`${as} is not in ${name}`);
    return { ...set, url };
  });
  return [...sets, ...systems];
}

function packageNamed(all: readonly FhirPackage[], name: string): FhirPackage {
  const one = all.find((each) => each.name === name);
  if (!one) throw new Error(`${name} is not in the folder`);
  return one;
}

/**
 * A resource may name a profile of the guides that this API expects of none, such as HRex's Coverage. It is checked by
 * what it names.
 */
const isForRecords = (each: PackageResource): boolean =>
  each.resourceType === 'StructureDefinition' &&
  each.derivation === 'constraint' &&
  !each.abstract &&
  definitions.has(each.type);

function made(all: readonly FhirPackage[], { file, packages, profiles }: ShippedGuides): ShippedFile {
  const found = packages.map((name) => packageNamed(all, name));
  const reduction = new Reduction([...standIns(all), ...found.flatMap(({ resources }) => resources)]);
  const missing = reduction.take(profiles);
  const others =
    file === PUBLISHED_FILE ? [] : found.flatMap(({ resources }) => resources.filter(isForRecords));
  reduction.take(others.map(({ url }) => url));
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
