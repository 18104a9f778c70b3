/** `npm run admin -- member …`: see docs/identity-provider.md. */
import type { Administration } from '../domain/administration/clients.ts';
import { endPerson } from '../domain/administration/people.ts';
import { loadPlanMembers, type MemberLoadResult } from '../domain/administration/member-load.ts';

export const MEMBER_USAGE = `  member load --tenant <id> < members.ndjson        { "number", "fhirUser"?, "patients": [{ "id", "relationship", "name",
                                                        "birthDate"?, "until"?, "guardianship"?, "fhirUser"? }] }
  member end --tenant <id> --number <number>|--subject <sub>|--login <login>        ends sessions, grants and tokens`;

export const MEMBER_OPTIONS = { number: { type: 'string' }, subject: { type: 'string' } } as const;

interface Given {
  number?: string;
  subject?: string;
  login?: string;
}

const SHOWN_EVERY_LINES = 100_000;

/** Lines that were not loaded make the command fail, after the others were loaded. */
async function load(admin: Administration): Promise<MemberLoadResult> {
  let shown = 0;
  const result = await loadPlanMembers(admin, process.stdin, {
    reject: (text) => void process.stderr.write(`${text}\n`),
    progress(line) {
      if (line - shown < SHOWN_EVERY_LINES) return;
      shown = line;
      process.stderr.write(`${line} lines\n`);
    },
  });
  if (result.rejected > 0) process.exitCode = 1;
  return result;
}

type Act = (admin: Administration, given: Given) => Promise<unknown>;

export const MEMBER_ACTS: Record<string, Act> = {
  'member load': load,
  'member end': (admin, { number, subject, login }) =>
    endPerson(
      admin,
      Object.fromEntries(
        Object.entries({ number, subject, login }).filter(([, value]) => value !== undefined),
      ),
    ),
};
