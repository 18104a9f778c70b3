/** Formats a report as text for a person. */
import type { Report } from './report.ts';

/** The most rows of a list in the text. The JSON has all rows. */
const SHOWN = 40;

const count = (number: number) => number.toLocaleString('en-US');

function table(rows: readonly (string | number)[][]): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? count(cell) : cell)));
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells.map((row, line) =>
    row
      .map((cell, at) =>
        typeof rows[line]?.[at] === 'number' ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function section(title: string, rows: readonly (string | number)[][], none: string): string[] {
  const more = rows.length > SHOWN ? [`… and ${count(rows.length - SHOWN)} more: --json`] : [];
  const body = rows.length > 0 ? table(rows.slice(0, SHOWN)) : [none];
  return [title, ...[...body, ...more].map((line) => `  ${line}`), ''];
}

const lastOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

function profileSections({ checks, findings, unchecked, uncheckedRules }: Report): string[] {
  return [
    ...section(
      'Profiles: resources checked, and those with findings',
      checks.map(({ profile, checked, withFindings }) => [checked, withFindings, profile]),
      'against R4 alone: give an import PUBLIC_URL, --guides or FHIR_PACKAGES_DIR',
    ),
    ...section(
      'What profiles ask and resources have not: resources, where, what, examples',
      findings.map(({ profile, type, location, rule, expected, severity, resources, examples }) => [
        resources,
        `${lastOf(profile)}: ${location}`,
        `${severity === 'warning' ? 'warning: ' : ''}${rule} ${expected}`,
        examples.map((id) => `${type}/${id}`).join(' '),
      ]),
      'nothing',
    ),
    ...section(
      'Profiles that resources name and no package had',
      unchecked.map(({ profile, type, resources }) => [resources, type, profile]),
      'none',
    ),
    ...section(
      'What these profiles ask and an import cannot check',
      (uncheckedRules ?? []).flatMap(({ profile, rules }) =>
        rules.map(({ element, rule, expected, reason }) => [
          `${lastOf(profile)}: ${element}`,
          `${rule} ${expected}`,
          reason,
        ]),
      ),
      uncheckedRules ? 'nothing' : 'for this list, give PUBLIC_URL, --guides or FHIR_PACKAGES_DIR',
    ),
  ];
}

function referenceSection({ references }: Report): string[] {
  const { dangling, elsewhere } = references;
  const title = `References: ${count(references.references)} to this plan’s resources, ${count(elsewhere)} elsewhere (not looked after)`;
  return section(
    `${title}; these point at nothing stored:`,
    dangling.map(({ element, target, references: number, examples }) => [
      number,
      element,
      target ?? '(in the same Bundle or resource)',
      examples.map(({ from, to }) => (to === undefined ? from : `${from} → ${to}`)).join(', '),
    ]),
    'none',
  );
}

const agreementSection = ({ disagreements }: Report): string[] =>
  section(
    'What the plan says twice, and differently: resources, where, examples',
    disagreements.map(({ type, where, resources, examples }) => [
      resources,
      `${type}: ${where}`,
      examples.map((id) => `${type}/${id}`).join(' '),
    ]),
    'nothing',
  );

function labelSection({ labels: { applied, labels } }: Report): string[] {
  const state =
    applied === undefined
      ? 'no list of codes'
      : applied
        ? 'list of codes applied'
        : 'list of codes NOT yet applied to all that is stored: run npm run import:labels again';
  return section(
    `Labels of sensitive data (${state}): resources, of these by the list, label, category`,
    labels.map(({ label, resources, byList, category }) => [
      resources,
      byList,
      label,
      category ?? 'NONE: apps get them only if a category of your own (sensitive.own) has it',
    ]),
    'none',
  );
}

export function textOf(report: Report): string {
  return [
    ...section(
      `Stored of ${report.tenant}`,
      report.stored.map(({ type, resources }) => [resources, type]),
      'nothing',
    ),
    ...profileSections(report),
    ...referenceSection(report),
    ...agreementSection(report),
    ...labelSection(report),
  ]
    .join('\n')
    .trimEnd();
}
