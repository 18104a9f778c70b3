/**
 * `npm run displays -- <folder of code tables> <folder of FHIR packages>`: makes the tables in `data`
 * again. The first folder has `{table}.tsv.gz`, each with the columns code and display.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gunzipSync } from 'node:zlib';
import { keyInTables } from '@patient-access/fhir';
import { type FhirPackage, packagesIn } from '../packages/packages.ts';
import { SHIPPED, type ShippedTable } from './tables.ts';

/** A longer text is no title. The next file of a table has a shorter one. */
const MAX_DISPLAY = 250;

/** Owners whose packages may be copied (CC0-1.0, US government), by the beginnings of their systems. */
const OWN_SYSTEMS =
  /^(?:http:\/\/(?:terminology\.)?hl7\.org\/|urn:oid:2\.16\.840\.1\.113883\.6\.238$|https:\/\/www\.cms\.gov\/.*\/HospitalAcqCond\/)/;
/** What these packages say about code systems that nobody else has rights in. */
const FREE_COPYRIGHT =
  /^$|is not copyrighted|^This material derives from the HL7 Terminology|^Used by permission of HL7|^Copyright HL7|in the public domain/;
/** Lists of names that no data holds. */
const NO_DATA = /\/(?:conceptdomains|v2-tables|v3-CodeSystem|color-names)$/;

interface Concept {
  code: string;
  display?: string;
  concept?: Concept[];
}
interface CodeSystem {
  resourceType: string;
  url: string;
  copyright?: string;
  concept?: Concept[];
}

function rowsOf(folder: string, { from, system = '' }: ShippedTable): Map<string, string> {
  const rows = new Map<string, string>();
  for (const name of from) {
    const [, ...lines] = gunzipSync(readFileSync(join(folder, `${name}.tsv.gz`)))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    for (const [code = '', display = ''] of lines.map((line) => line.split('\t'))) {
      const key = keyInTables({ system, code });
      if (key && display.length <= MAX_DISPLAY && !rows.has(key.code)) rows.set(key.code, display);
    }
  }
  return rows;
}

const conceptsOf = (concepts: readonly Concept[] = []): Concept[] =>
  concepts.flatMap((each) => [each, ...conceptsOf(each.concept)]);

const isFree = ({ url, copyright = '' }: CodeSystem) =>
  OWN_SYSTEMS.test(url) && FREE_COPYRIGHT.test(copyright) && !NO_DATA.test(url);

function rowsOfHl7(packages: readonly FhirPackage[]): Map<string, string> {
  const rows = new Map<string, string>();
  const systems = packages
    .flatMap(({ resources }) => resources as unknown as CodeSystem[])
    .filter(({ resourceType, url }) => resourceType === 'CodeSystem' && url !== undefined)
    .filter(isFree);
  for (const { url, concept } of systems)
    for (const { code, display } of conceptsOf(concept))
      if (display !== undefined) rows.set(`${url}|${code}`, display.replace(/\s+/g, ' ').trim());
  return rows;
}

function pack(rows: ReadonlyMap<string, string>): Buffer {
  const lines = [...rows].map(([code, display]) => Buffer.from(`${code}\t${display}`));
  const text = Buffer.from(lines.sort(Buffer.compare).join('\n'));
  return brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
}

const [tables, packages] = process.argv.slice(2);
if (tables === undefined || packages === undefined) throw new Error('two folders; see the head of this file');
const loaded = await packagesIn(packages);
for (const table of SHIPPED) {
  const rows = table.system === undefined ? rowsOfHl7(loaded) : rowsOf(tables, table);
  const packed = pack(rows);
  writeFileSync(join(import.meta.dirname, 'data', `${table.file}.tsv.br`), packed);
  console.log(`${table.file}: ${rows.size} codes, ${packed.length} bytes`);
}
