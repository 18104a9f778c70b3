/** `npm run admin -- member …`: see docs/identity-provider.md. */
import { fstatSync } from 'node:fs';
import type { Administration } from '../domain/administration/administration.ts';
import { makeLetters } from '../domain/administration/members/letters.ts';
import { endPerson } from '../domain/administration/identities/end-person.ts';
import {
  loadPlanMembers,
  loadPlanPeople,
  type MemberLoadOptions,
  type MemberLoadResult,
} from '../domain/administration/members/member-load.ts';
import type { Keys } from '../domain/keys/secrets.ts';

export const MEMBER_USAGE = `  member load --tenant <id> < members.ndjson        { "number", "formerNumber"?, "fhirUser"?, "patients": [{ "id", "relationship", "name",
                                                        "birthDate"?, "until"?, "guardianship"?, "coverageEnd"?, "died"?, "fhirUser"? }] }
  member load-people --tenant <id> < people.ndjson        who may make an account alone: { "number", "cardNumber"?,
                        "names": [{ "given", "family" }], "birthDate", "contacts"?, "onlyByPaper"? }
  member letters --tenant <id> < numbers.txt > letters.csv        one-time codes on paper, as number,code,until; shown once
  member end --tenant <id> --number <number>|--subject <sub>|--login <login>        ends sessions, grants and tokens`;

export const MEMBER_OPTIONS = { number: { type: 'string' }, subject: { type: 'string' } } as const;

interface Given {
  number?: string;
  subject?: string;
  login?: string;
}

/**
 * Refuses an empty input: the export that made it has probably failed. A folder looks empty too, because Node.js reads nothing
 * from it and reports no error.
 *
 * @throws Error when nothing was in standard input
 */
function demandLines(lines: number): void {
  if (lines > 0) return;
  const isFolder = fstatSync(process.stdin.fd).isDirectory();
  throw new Error(isFolder ? 'standard input is a folder' : 'nothing was in standard input');
}

const SHOWN_EVERY_LINES = 100_000;

/** Lines that were not loaded make the command fail, after the others were loaded. */
async function load(
  loadFile: (options: MemberLoadOptions) => Promise<MemberLoadResult>,
): Promise<MemberLoadResult> {
  let shown = 0;
  const result = await loadFile({
    reject: (text) => void process.stderr.write(`${text}\n`),
    progress(line) {
      if (line - shown < SHOWN_EVERY_LINES) return;
      shown = line;
      process.stderr.write(`${line} lines\n`);
    },
  });
  demandLines(result.lines);
  if (result.rejected > 0) process.exitCode = 1;
  return result;
}

const quoted = (text: string): string => (/[",\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The letters alone go to standard output, which the plan prints. */
async function letters(admin: Administration, masters: Keys): Promise<void> {
  process.stdout.write('number,code,until\n');
  const result = await makeLetters(admin, masters, process.stdin, {
    write: ({ number, code, until }) =>
      void process.stdout.write(`${quoted(number)},${code},${until.toISOString()}\n`),
    reject: (text) => void process.stderr.write(`${text}\n`),
  });
  demandLines(result.letters + result.rejected);
  process.stderr.write(`${JSON.stringify(result)}\n`);
  if (result.rejected > 0) process.exitCode = 1;
}

type Act = (admin: Administration, given: Given, masters: Keys) => Promise<unknown>;

export const MEMBER_ACTS: Record<string, Act> = {
  'member load': (admin) => load((options) => loadPlanMembers(admin, process.stdin, options)),
  'member load-people': (admin, _given, masters) =>
    load((options) => loadPlanPeople(admin, masters, process.stdin, options)),
  'member letters': (admin, _given, masters) => letters(admin, masters),
  'member end': (admin, { number, subject, login }) =>
    endPerson(
      admin,
      Object.fromEntries(
        Object.entries({ number, subject, login }).filter(([, value]) => value !== undefined),
      ),
    ),
};
