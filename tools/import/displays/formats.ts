/** The files in which a plan gets displays: its own CSV, and those of CMS, CDC and FDA as they are published. */
import { keyInTables } from '@patient-access/fhir';
import type { PlanDisplay } from '@patient-access/fhir-store';
import { rowsOfCsv } from './csv.ts';

type Row = Omit<PlanDisplay, 'version'> & { version?: string };

interface Format {
  /** what the command needs, in its order */
  files: readonly string[];
  rows: (...texts: string[]) => Row[];
}

const linesOf = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== '');

const HEAD = 'system,version,code,display';

function ownRows(text: string): Row[] {
  const [head, ...rows] = rowsOfCsv(text.replace(/^\uFEFF/, ''));
  if (head?.join(',') !== HEAD) throw new Error(`the first line has to be ${HEAD}`);
  return rows.map(([system = '', version = '', code = '', display = '', ...more], at) => {
    if (system === '' || code === '' || display === '' || more.length > 0)
      throw new Error(`row ${at + 2}: system, code and display are needed, and nothing more`);
    return { system, version, code, display };
  });
}

/** CMS's order files of ICD-10: order number, code, header or not, short title, long title, at fixed places. */
const orderFile = (system: string) => (text: string) =>
  linesOf(text).map((line) => ({ system, code: line.slice(6, 13).trim(), display: line.slice(77).trim() }));

const HCPCS = 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
/** CMS's record types: 3 and 7 begin a code or a modifier, 4 and 8 continue its long description. */
const BEGINS = /^.{10}[37]/;

/** CMS's text file of HCPCS Level II, 320 characters a record, long descriptions in pieces of 80. */
function hcpcsRows(text: string): Row[] {
  const rows: Row[] = [];
  for (const line of linesOf(text)) {
    const piece = line.slice(11, 91);
    const last = rows.at(-1);
    if (BEGINS.test(line)) rows.push({ system: HCPCS, code: line.slice(0, 5).trim(), display: piece });
    else if (last) last.display += piece;
  }
  return rows.map((row) => ({ ...row, display: row.display.replace(/\s+/g, ' ').trim() }));
}

function columnsOf(text: string, ...names: string[]): string[][] {
  const [head = '', ...lines] = linesOf(text);
  const at = names.map((name) => head.split('\t').indexOf(name));
  if (at.includes(-1)) throw new Error(`the columns ${names.join(', ')} are needed`);
  return lines.map((line) => line.split('\t')).map((fields) => at.map((column) => fields[column] ?? ''));
}

/** FDA's directory: `product.txt` has the names, `package.txt` the codes. */
function ndcRows(products: string, packages: string): Row[] {
  const names = new Map(
    columnsOf(products, 'PRODUCTID', 'PROPRIETARYNAME', 'NONPROPRIETARYNAME').map(
      ([id = '', name = '', generic = '']) => {
        const isSame = generic === '' || generic.toLowerCase() === name.toLowerCase();
        return [id, isSame ? name : `${name} (${generic})`];
      },
    ),
  );
  return columnsOf(packages, 'PRODUCTID', 'NDCPACKAGECODE').flatMap(([id = '', code = '']) => {
    const display = names.get(id);
    return display ? [{ system: 'http://hl7.org/fhir/sid/ndc', code, display }] : [];
  });
}

/** CDC's list of vaccines, with `|` between the columns: code, short name, full name, … */
const cvxRows = (text: string): Row[] =>
  linesOf(text)
    .map((line) => line.split('|').map((field) => field.trim()))
    .map(([code = '', , display = '']) => ({ system: 'http://hl7.org/fhir/sid/cvx', code, display }));

export const FORMATS = {
  csv: { files: ['displays.csv'], rows: ownRows },
  'icd-10-cm': {
    files: ['icd10cm_order_{year}.txt'],
    rows: orderFile('http://hl7.org/fhir/sid/icd-10-cm'),
  },
  'icd-10-pcs': {
    files: ['icd10pcs_order_{year}.txt'],
    rows: orderFile('http://www.cms.gov/Medicare/Coding/ICD10'),
  },
  hcpcs: { files: ['HCPC{year}_{month}_ANWEB.txt'], rows: hcpcsRows },
  ndc: { files: ['product.txt', 'package.txt'], rows: ndcRows },
  cvx: { files: ['cvx.txt'], rows: cvxRows },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Units of measure are codes of a Quantity, which has no display. */
const UNITS = 'http://unitsofmeasure.org';

/** Longer than any title, and short enough for a page. */
const MAX_DISPLAY = 2_000;

/**
 * @param texts the files, in the order of the format
 * @returns one display for each system, code and version; of two in the files the later one
 * @throws Error with one line
 */
export function readDisplays(format: FormatName, texts: readonly string[]): PlanDisplay[] {
  const { files, rows }: Format = FORMATS[format];
  if (texts.length !== files.length) throw new Error(`${format} needs ${files.join(' and ')}`);
  const displays = new Map<string, PlanDisplay>();
  for (const { version = '', display, ...written } of rows(...texts)) {
    const key = keyInTables(written);
    if (!key || key.code === '' || display === '') throw new Error(`${format}: not a code: ${written.code}`);
    if (key.system === UNITS) throw new Error('units of measure have no displays');
    if (display.length > MAX_DISPLAY) throw new Error(`the display of ${key.code} is too long`);
    displays.set(`${key.system}|${version}|${key.code}`, { ...key, version, display });
  }
  if (displays.size === 0) throw new Error('no displays in the file');
  return [...displays.values()];
}
