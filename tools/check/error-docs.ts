/**
 * Compares the lists in docs/developers/errors.md with the definitions of errors. `node tools/check/error-docs.ts` writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_ENTRIES } from '@patient-access/fhir';

const FILE = 'docs/developers/errors.md';
const LISTS = [
  { source: 'errors', entries: ERROR_ENTRIES.fhir },
  { source: 'oauth-errors', entries: ERROR_ENTRIES.oauth },
] as const;

type Entry = (typeof ERROR_ENTRIES.fhir)[number];

const section = ({ code, status, words, means, remedy, takes }: Entry) => {
  const named = words.map((word) => `\`${word}\``).join(' or ');
  const besides = takes === undefined ? '' : `\n_Not in the Postman collection:_ it takes ${takes}.\n`;
  return `### ${code}\n\n**${status}** ${named}. ${means}\n\n_What to do:_ ${remedy}\n${besides}`;
};

/** A list goes from its comment to the next heading of the second level, or to the end. */
const listOf = (source: string) =>
  new RegExp(`(?<=<!-- made from libs/fhir/src/${source}\\.ts -->\\n\\n)[\\s\\S]*?(?=\\n## |$(?![\\s\\S]))`);

function expected(root: string): string {
  let text = readFileSync(join(root, FILE), 'utf8');
  for (const { source, entries } of LISTS)
    text = text.replace(listOf(source), () => entries.map(section).join('\n'));
  return text;
}

/** @returns what is wrong, or undefined */
export function outdatedErrorDocs(root: string): string | undefined {
  return readFileSync(join(root, FILE), 'utf8') === expected(root)
    ? undefined
    : `${FILE} is not what libs/fhir/src/errors.ts and oauth-errors.ts say: node tools/check/error-docs.ts`;
}

if (import.meta.main) writeFileSync(FILE, expected('.'));
