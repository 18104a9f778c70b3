/** Makes the page that says for each profile of both sets of guides what an import cannot check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GUIDE_SETS, ProfileValidator, type UncheckedRule } from '@patient-access/fhir';
import { PUBLISHED_FILE, shippedCodes, shippedDefinitions } from '@patient-access/import';

const FILE = 'docs/unchecked-rules.md';

const HEAD = `# What an import cannot check

This page lists the rules that \`npm run import\` cannot check, or cannot check entirely ([import.md](import.md#profiles)). There is a table for each profile that this API expects of a type or that a resource may name, and for the extensions and datatypes in it. The column \`guides\` says to which set of guides the rule belongs; \`published\` stands for the guides of what a plan publishes (provider directory and formulary). What the guides ask and none of the tables has is checked.

Two things are not listed, because they are so for all profiles: warnings are not checked, and neither are bindings that are not required. \`npm run import:report\` prints the same for the packages of a plan. The page is made by \`npm run guide-lists\` from the definitions that ship with the product.

Of R4 itself an import checks every required binding whose codes HL7 lists. R4 also binds some elements to codes of other organizations, which it does not list. Any code is accepted there: currencies (ISO 4217), media types (BCP 13), and units (UCUM).

Codes of ICD-10-CM, ICD-10-PCS, HCPCS Level II and MS-DRG are looked up in the tables that ship for displays ([import.md](import.md#profiles)). If the resource has dates before or after those of the table, a code that the table lacks is accepted; of ICD-10-CM, ICD-10-PCS and MS-DRG it must have the form of a code. Codes that the plan loaded with \`import:displays\` are accepted on all days. Of an NDC only the form is checked.

US Core refers to value sets of VSAC, which no package has. Race, ethnicity, birth sex and states are checked by the codes that US Core 3.1.1 lists, and by those that later pages of US Core show. The kind of a fill is checked by HL7 Terminology 7.3.0.
`;

type Row = [element: string, rule: string, reason: string, guides: string];

const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
/** The files of definitions that ship, by the name that the page has for them. */
const FILES = [...GUIDE_SETS, PUBLISHED_FILE];

const rowOf = ({ element, rule, expected, reason }: UncheckedRule, sets: readonly string[]): Row => [
  ['`', element, '`'].join(''),
  `${rule} ${expected.replaceAll('|', '\\|')}`,
  reason,
  sets.join(', '),
];

/** A table in the form that prettier gives it. */
function tableOf(rows: readonly Row[]): string {
  const all: Row[] = [['element', 'rule', 'not checked because', 'guides'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

interface Unchecked {
  rule: UncheckedRule;
  sets: string[];
}

/** @returns by profile, each rule with the sets in which it is not checked */
function uncheckedByProfile(): Map<string, Map<string, Unchecked>> {
  const found = new Map<string, Map<string, Unchecked>>();
  for (const set of FILES) {
    const { resources } = shippedDefinitions(set);
    const validator = new ProfileValidator(resources, undefined, shippedCodes);
    for (const { resourceType, url } of resources) {
      const { unchecked = [] } = (resourceType === 'StructureDefinition' && validator.find(url)) || {};
      for (const rule of unchecked) noteUnchecked(found, { url, set, rule });
    }
  }
  return found;
}

function noteUnchecked(
  found: Map<string, Map<string, Unchecked>>,
  { url, set, rule }: { url: string; set: string; rule: UncheckedRule },
): void {
  const rules = found.get(url) ?? new Map<string, Unchecked>();
  const key = JSON.stringify(rule);
  rules.set(key, { rule, sets: [...(rules.get(key)?.sets ?? []), set] });
  found.set(url, rules);
}

/** @returns file and text of the page */
export function uncheckedPage(root: string): { file: string; text: string } {
  const parts = [...uncheckedByProfile()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([url, rules]) => {
      const rows = [...rules.values()].map(({ rule, sets }) => rowOf(rule, sets));
      return `## ${nameOf(url)}\n\n${tableOf(rows)}\n`;
    });
  const from = FILES.map((set) => {
    const packages = shippedDefinitions(set).packages.map(({ name, licence }) => `${name} (${licence})`);
    return `Guides of ${set === PUBLISHED_FILE ? 'what is published' : set}: ${packages.join(', ')}.\n`;
  });
  return { file: join(root, FILE), text: [HEAD, ...from, ...parts].join('\n') };
}

/** @returns what to do when the page is not that of the definitions; undefined when it is */
export function outdatedUncheckedPage(root: string): string | undefined {
  const { file, text } = uncheckedPage(root);
  return text === readFileSync(file, 'utf8') ? undefined : `${FILE}: npm run guide-lists`;
}
