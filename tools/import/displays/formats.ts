/** The files in which a plan gets displays: its own CSV, and those of CMS, CDC, FDA and NLM as they are published. */
import { keyInTables } from '@patient-access/fhir';
import type { PlanDisplay } from '@patient-access/fhir-store/ingest';
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

/**
 * The rows of a table below its heading, which may follow lines with a title.
 *
 * @throws Error when no line has these columns
 */
function tableIn(text: string, ...names: [string, string]): string[][] {
  const rows = rowsOfCsv(text.replace(/^\uFEFF/, ''), /^[^\n]*\t/m.test(text) ? '\t' : ',');
  const at = rows.findIndex((row) => names.every((name) => row.some((field) => headOf(field) === name)));
  if (at < 0) throw new Error(`the columns ${names.join(', ')} are needed`);
  const columns = names.map((name) => rows[at]?.findIndex((field) => headOf(field) === name) ?? -1);
  return rows.slice(at + 1).map((row) => columns.map((column) => (row[column] ?? '').trim()));
}

const headOf = (field: string) => field.replace(/\s+/g, ' ').trim();

/** CMS's Table 5 of the final rule for hospitals: the groups are numbers, and notes follow them. */
const drgRows = (text: string): Row[] =>
  tableIn(text, 'MS-DRG', 'MS-DRG Title').flatMap(([code = '', display = '']) =>
    /^\d{1,3}$/.test(code) ? [{ system: MS_DRG, code, display: display.replace(/\s+/g, ' ') }] : [],
  );

const MS_DRG =
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software';
const PLACES = 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set';

/** CMS's place of service code set, as CSV or with tabs. Ranges and codes that mean nothing yet are no codes. */
const placeRows = (text: string): Row[] =>
  tableIn(text, 'Place of Service Code(s)', 'Place of Service Name').flatMap(([code = '', display = '']) =>
    /^\d{1,2}$/.test(code) && !/^unassigned/i.test(display) ? [{ system: PLACES, code, display }] : [],
  );

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
/** Columns of RXNCONSO.RRF, which has no heading; every line ends with `|`. */
const RRF = { RXCUI: 0, LAT: 1, SAB: 11, TTY: 12, STR: 14, SUPPRESS: 16, count: 18 } as const;
/** Other words for what another line of the same concept names. */
const SYNONYMS = ['SY', 'TMSY', 'PSN', 'ET'];

/** NLM's concepts: of each the name in RxNorm's own words. Others hold rights in those of other sources. */
function rxnormRows(text: string): Row[] {
  const [retired, current]: [Row[], Row[]] = [[], []];
  for (const [at, line] of linesOf(text).entries()) {
    const fields = line.split('|');
    if (fields.length !== RRF.count + 1) throw new Error(`line ${at + 1}: ${RRF.count} columns are needed`);
    const { [RRF.RXCUI]: code = '', [RRF.STR]: display = '', [RRF.TTY]: kind = '' } = fields;
    if (fields[RRF.SAB] !== 'RXNORM' || fields[RRF.LAT] !== 'ENG' || SYNONYMS.includes(kind)) continue;
    const isRetired = fields[RRF.SUPPRESS] !== 'N';
    (isRetired ? retired : current).push({ system: RXNORM, code, display: display.trim() });
  }
  // Of two names the later one counts.
  return [...retired, ...current];
}

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
  'ms-drg': { files: ['CMS-{rule}-F Table 5.txt'], rows: drgRows },
  'place-of-service': { files: ['place-of-service-codes.csv'], rows: placeRows },
  rxnorm: { files: ['RXNCONSO.RRF'], rows: rxnormRows },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const windows = new TextDecoder('windows-1252');

/**
 * @returns the text of a file. What agencies publish, and what spreadsheets save of it, is in Windows-1252 if it is not in UTF-8
 * @throws Error with one line when a table of the plan's own is not UTF-8: its words would be shown with wrong letters
 */
export function decodedText(format: FormatName, bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    if (format === 'csv') throw new Error('the table is not UTF-8');
    return windows.decode(bytes);
  }
}

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
