/** `npm run admin -- application …`: see docs/administration.md. */
import { writeFile } from 'node:fs/promises';
import * as applications from '../domain/administration/apps/applications.ts';
import type { Administration } from '../domain/administration/administration.ts';

export const APPLICATION_USAGE = `  application list --tenant <id> [--state submitted|asked-back|approved|rejected|withdrawn]
  application show | ask-back | approve | reject --tenant <id> --application <id>
      ask-back, reject: --words <what the developer reads>
      approve:          --version <that you have read> --verified yes|no
  application logo --tenant <id> --application <id> --to <file to write it to>`;

const text = { type: 'string' } as const;

export const APPLICATION_OPTIONS = {
  application: text,
  state: text,
  words: text,
  version: text,
  verified: text,
  to: text,
} as const;

type Given = Partial<Record<keyof typeof APPLICATION_OPTIONS, string>>;
type Act = (admin: Administration, given: Given) => Promise<unknown>;

function idIn({ application }: Given): string {
  if (application === undefined) throw new Error('--application <id> is missing');
  return application;
}

function approvalIn({ version, verified }: Given) {
  if (verified !== 'yes' && verified !== 'no') throw new Error('--verified yes or --verified no is missing');
  return applications.Approval.parse({ version, verified: verified === 'yes' });
}

/** Never over a file that is there. @throws Error without a logo */
async function saveLogo(admin: Administration, given: Given) {
  const logo = await applications.logoOfApplication(admin, idIn(given));
  if (!logo) throw new Error('the application has no logo');
  if (given.to === undefined) throw new Error('--to <file> is missing');
  await writeFile(given.to, logo.bytes, { flag: 'wx' });
  return { file: given.to, type: logo.type, bytes: logo.bytes.length };
}

const wordsIn = ({ words }: Given) => applications.StaffWords.parse({ words });

export const APPLICATION_ACTS: Record<string, Act> = {
  'application list': (admin, { state }) =>
    applications.describeApplications(admin, applications.ApplicationFilter.parse({ state })),
  'application show': (admin, given) => applications.describeApplication(admin, idIn(given)),
  'application logo': saveLogo,
  'application ask-back': (admin, given) => applications.askBack(admin, idIn(given), wordsIn(given)),
  'application reject': (admin, given) => applications.rejectApplication(admin, idIn(given), wordsIn(given)),
  'application approve': (admin, given) =>
    applications.approveApplication(admin, idIn(given), approvalIn(given)),
};
