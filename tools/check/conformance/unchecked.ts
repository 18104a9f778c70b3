/** Makes the page that says for each profile of the guides what an import cannot check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  definitions,
  type PackageResource,
  ProfileValidator,
  type UncheckedRule,
} from '@patient-access/fhir';
import { guidePackages } from './packages.ts';

const FILE = 'docs/unchecked-rules.md';

const HEAD = `# What an import cannot check

This page is made from the packages of the guides by \`npm run guide-lists\`: for each profile that this API serves, and for the extensions and datatypes in it, the rules that \`npm run import\` cannot check, or not entirely ([import.md](import.md#profiles)). Not listed, because it is so for all profiles: warnings, and bindings that are not required. \`npm run import:report\` prints the same for the packages of a plan. What stands in none of the tables is checked.
`;

type Row = [element: string, rule: string, reason: string];

const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
const rowOf = ({ element, rule, expected, reason }: UncheckedRule): Row => [
  ['`', element, '`'].join(''),
  `${rule} ${expected}`,
  reason,
];

/** A table in the form that prettier gives it. */
function tableOf(rows: readonly Row[]): string {
  const all: Row[] = [['element', 'rule', 'not checked because'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** @returns file and text of the page; undefined when there are no packages */
export async function uncheckedPage(root: string): Promise<{ file: string; text: string } | undefined> {
  const packages = await guidePackages(root);
  if (!packages) return undefined;
  const files = packages.flatMap((each) => each.files) as unknown as PackageResource[];
  const validator = new ProfileValidator(files);
  const served = new Set([...definitions.values()].flatMap(({ profiles }) => profiles.map(({ url }) => url)));
  const parts = files
    .filter((file) => file.resourceType === 'StructureDefinition')
    .filter(({ url, type }) => served.has(url) || !definitions.has(type))
    .map(({ url }) => validator.find(url))
    .filter((profile) => profile !== undefined && profile.unchecked.length > 0)
    .sort((a, b) => ((a?.url ?? '') < (b?.url ?? '') ? -1 : 1))
    .map((profile) =>
      profile ? `## ${nameOf(profile.url)}\n\n${tableOf(profile.unchecked.map(rowOf))}\n` : '',
    );
  const from = packages.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(', ');
  return { file: join(root, FILE), text: [HEAD, `Made from ${from}.\n`, ...parts].join('\n') };
}

/** @returns what to do when the page is not that of the packages; undefined when it is, or there are none */
export async function outdatedUncheckedPage(root: string): Promise<string | undefined> {
  const made = await uncheckedPage(root);
  return !made || made.text === readFileSync(made.file, 'utf8') ? undefined : `${FILE}: npm run guide-lists`;
}
