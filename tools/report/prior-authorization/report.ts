/** Writes the public metrics on prior authorization as files. */
import type { ReportOptions } from '../options.ts';
import { csv } from '@patient-access/pages';
import { htmlPage } from '../output/page.ts';
import type { Classified } from './classify.ts';
import { type Metric, metricsOf, type RequestedService, servicesOf } from './metrics.ts';
import type { OverdueRequest } from './overdue.ts';
import type { PlanFigures } from './plan-figures.ts';
import type { TimedDecision } from './timeliness.ts';

const NOTES = [
  'Metrics of 42 CFR 422.122(c) (and 438.210(f), 440.230(e)(3), 457.732(c), 45 CFR 156.223(c)), to be on the plan’s public site by March 31 for the year before. Drugs are left out.',
  'From the prior authorizations that were received in the year, as the members’ apps see them (PDex). Approved and denied are shares of those that are decided; approved in part counts as approved and is shown on its own.',
  'Expedited is what says so: level of service U or 03 (X12 1338), or priority stat. A request or a decision without a time of day counts in whole days.',
  'The list of items and services that need prior authorization and the extended reviews are not in these data: the plan supplies them. Appeals are those that the plan supplies; otherwise requests that say that they are one, which count in no other share. The list of what was asked for is from the data.',
];

const cells = ({ name, value, of, why }: Metric) => [name, value ?? 'not in the data', of, why] as const;
const service = ({ code, name, times }: RequestedService) => [code, name, times] as const;

const requiredTable = (required: NonNullable<PlanFigures['services']>) => ({
  title: 'Items and services that need prior authorization',
  header: ['Code', 'Name'],
  rows: required.map(({ code, name }) => [code, name] as const),
});

/** @returns the files' contents, by name */
export function priorAuthorizationFiles(
  { tenant, year }: ReportOptions,
  metrics: readonly Metric[],
  services: readonly RequestedService[],
  required: PlanFigures['services'] = [],
): Record<string, string> {
  const name = `prior-authorization-${tenant}-${year}`;
  return {
    [`${name}.csv`]: csv(
      ['tenant', 'year', 'metric', 'value', 'requests', 'why_not'],
      metrics.map((metric) => [tenant, year, ...cells({ ...metric, name: metric.name.trim() })]),
    ),
    ...(required.length > 0 && {
      [`${name}-required.csv`]: csv(
        ['tenant', 'year', 'code', 'name'],
        required.map((each) => [tenant, year, each.code, each.name]),
      ),
    }),
    [`${name}-services.csv`]: csv(
      ['tenant', 'year', 'code', 'name', 'times'],
      services.map((each) => [tenant, year, ...service(each)]),
    ),
    [`${name}.html`]: htmlPage({
      title: `Prior authorization in ${year}, ${tenant}`,
      lead: [],
      tables: [
        ...(required.length > 0 ? [requiredTable(required)] : []),
        { title: 'Metrics', header: ['Metric', 'Value', 'Requests', 'Why not'], rows: metrics.map(cells) },
        {
          title: 'Items and services that prior authorization was asked for',
          header: ['Code', 'Name', 'Times'],
          rows: services.map(service),
        },
      ],
      notes: NOTES,
    }),
  };
}

/** @returns the plan's own list of decisions, which is not for the public, by name */
const decisionFiles = (
  { tenant, year }: ReportOptions,
  decisions: readonly TimedDecision[],
): Record<string, string> => ({
  [`prior-authorization-${tenant}-${year}-decisions.csv`]: csv(
    ['tenant', 'year', 'explanation_of_benefit', 'decision', 'decided', 'in_the_api', 'due', 'state'],
    decisions.map(({ id, decision, decidedAt, stored, due, state }) => [
      tenant,
      year,
      id,
      decision,
      decidedAt,
      stored.toISOString(),
      due,
      state,
    ]),
  ),
});

/** @returns the plan's own list of requests that wait too long, by name */
const overdueFiles = (
  { tenant, year }: ReportOptions,
  overdue: readonly OverdueRequest[],
): Record<string, string> => ({
  [`prior-authorization-${tenant}-${year}-overdue.csv`]: csv(
    ['tenant', 'year', 'explanation_of_benefit', 'urgency', 'received', 'due'],
    overdue.map(({ id, urgency, received, due }) => [tenant, year, id, urgency, received, due.toISOString()]),
  ),
});

interface Found {
  classified: readonly Classified[];
  figures: PlanFigures;
  decisions: readonly TimedDecision[];
  overdue: readonly OverdueRequest[];
}

/**
 * Who asks each day for late decisions gets the plan's own lists alone: the report of the year has what the plan supplies, and stays.
 *
 * @returns what the command writes, by name
 */
export const filesOf = (
  options: ReportOptions,
  { classified, figures, decisions, overdue }: Found,
): Record<string, string> => ({
  ...(options.lateWithinDays === undefined &&
    priorAuthorizationFiles(
      options,
      metricsOf(classified, figures),
      servicesOf(classified),
      figures.services,
    )),
  ...decisionFiles(options, decisions),
  ...overdueFiles(options, overdue),
});
