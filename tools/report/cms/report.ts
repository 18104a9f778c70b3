/** Writes the report on the use of the Patient Access API as files. */
import { csv } from '@patient-access/pages';
import { htmlPage } from '../output/page.ts';
import type { ReportOptions } from '../options.ts';
import type { Figures } from './figures.ts';
import { agrees, type Reconciliation, sentence } from './reconcile.ts';

const NOTES = [
  'M1 and M2 are those of 42 CFR 422.119(f) (and 431.60(f), 457.730(f), 438.242(b)(5)(iii), 45 CFR 156.221(f)), reported to CMS each year by March 31 for the year before: aggregated, no member is named here.',
  'A transfer is what one app got of one member’s own data on one day (UTC). The rule does not say what one is; counted by answers, as the last column has it, nearly every member would have more than one.',
  'An app counts when the member agreed to it, also where the plan’s portal began the launch. Apps of the plan’s own are left out by --own-app. What she sees at the plan’s own pages, and who opens a link to her insurance card, is none. Answers without data of the member (the directory, the record of access, “not modified”, the answer to a HEAD) are no transfer.',
  'A member belongs to the units that a Coverage says on the day of the transfer; one who changed belongs to both, so units may add up to more than the tenant.',
];

const HEADER = ['Level', 'Unit', 'Name', 'M1: members with a transfer', 'M2: members with more than one'];
const BY_ANSWERS = 'Members with more than one answer';

const cells = ({ level, unit, once, more, moreAnswers }: Figures) =>
  [level, unit.id, unit.name, once, more, moreAnswers] as const;

/** A year that is not over has a report, too, by which a plan sees how it goes. Nobody takes it for that of the whole year. */
const untilWhen = (year: number, at: Date): string[] =>
  at.getUTCFullYear() > year ? [] : [`The year ${year} is not over. Counted until ${at.toISOString()}.`];

/** @param options with when the trail was read @returns the files' contents, by name */
export function cmsFiles(
  { tenant, year, ownApps, at }: ReportOptions & { at: Date },
  found: readonly Figures[],
  reconciliation: Reconciliation,
): Record<string, string> {
  const name = `patient-access-api-${tenant}-${year}`;
  const left = ownApps.length > 0 ? [`Left out as the plan’s own apps: ${ownApps.join(', ')}.`] : [];
  const verdict = agrees(reconciliation) ? 'The counts agree: ' : 'The counts do not agree: ';
  return {
    [`${name}.csv`]: csv(
      [
        'tenant',
        'year',
        'level',
        'unit',
        'unit_name',
        'm1_members',
        'm2_members',
        'members_with_more_answers',
      ],
      found.map((each) => [tenant, year, ...cells(each)]),
    ),
    [`${name}.html`]: htmlPage({
      title: `Patient Access API: use in ${year}, ${tenant}`,
      lead: [...untilWhen(year, at), `${verdict}${sentence(reconciliation)}`],
      tables: [{ title: 'Unique members', header: [...HEADER, BY_ANSWERS], rows: found.map(cells) }],
      notes: [...NOTES, ...left],
    }),
  };
}
