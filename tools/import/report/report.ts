import {
  categoryOfLabel,
  type Owner,
  type ProfileValidator,
  type SensitiveCategory,
  type UncheckedRule,
} from '@patient-access/fhir';
import type { LabelSurvey, ProfileSurvey, DataSurvey } from '@patient-access/fhir-store/ingest';
import { type StockSurvey, surveyStock } from './stock.ts';

/** The report about a tenant's data. It holds counts, elements and ids. */
export interface Report extends Omit<ProfileSurvey, 'findings'>, StockSurvey {
  tenant: string;
  findings: (ProfileSurvey['findings'][number] & { severity: 'error' | 'warning' })[];
  stored: { type: string; resources: number }[];
  /** what the import cannot check of the profiles that it checked; undefined without packages */
  uncheckedRules: UncheckedRules[] | undefined;
  labels: Pick<LabelSurvey, 'applied'> & {
    /** without a category of the product, no app gets the resources, unless the plan has a category of its own for the label */
    labels: (LabelSurvey['labels'][number] & { category?: SensitiveCategory })[];
  };
}

interface UncheckedRules {
  profile: string;
  rules: readonly UncheckedRule[];
}

/** Of each profile once, with the profiles of its extensions and datatypes left out: they are rows of their own. */
function uncheckedRulesOf(checks: Report['checks'], profiles: ProfileValidator): UncheckedRules[] {
  const urls = new Set(checks.map(({ profile }) => profile));
  return [...urls].flatMap((profile) => {
    const rules = profiles.find(profile)?.unchecked ?? [];
    return rules.length > 0 ? [{ profile, rules }] : [];
  });
}

/** A code that does not exist breaks no rule by itself. Where a binding is required, that is another finding, an error. */
const severityOf = (rule: string): Report['findings'][number]['severity'] =>
  rule === 'code' ? 'warning' : 'error';

const byName =
  <Name extends string>(name: Name) =>
  (a: Record<Name, string>, b: Record<Name, string>) =>
    a[name] < b[name] ? -1 : 1;

/** Adds up the rows of several owners that have the same key. */
function added<Row extends { resources: number }>(rows: Row[], keyOf: (row: Row) => string): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const sum = sums.get(keyOf(row));
    if (sum) sum.resources += row.resources;
    else sums.set(keyOf(row), { ...row });
  }
  return [...sums.values()];
}

function labelsOf(surveys: readonly LabelSurvey[]): Report['labels'] {
  const applied = surveys.map((survey) => survey.applied);
  const sums = new Map<string, LabelSurvey['labels'][number]>();
  for (const { label, resources, byList } of surveys.flatMap(({ labels }) => labels)) {
    const sum = sums.get(label) ?? { label, resources: 0, byList: 0 };
    sums.set(label, { label, resources: sum.resources + resources, byList: sum.byList + byList });
  }
  return {
    // The list of codes is in force when every owner has labelled all its resources by it.
    applied: applied.every((each) => each === undefined) ? undefined : applied.every((each) => each === true),
    labels: [...sums.values()].sort(byName('label')).map((sum) => {
      const category = categoryOfLabel(sum.label);
      return { ...sum, ...(category && { category }) };
    }),
  };
}

/**
 * @param profiles of the packages, to say what they ask that an import cannot check
 * @param onProgress called with the number of resources read so far
 */
export async function reportOf(
  tenant: string,
  surveys: ReadonlyMap<Owner, DataSurvey>,
  profiles: ProfileValidator | undefined,
  onProgress?: (resources: number) => void,
): Promise<Report> {
  const all = [...surveys.values()];
  const surveyed = await Promise.all(all.map((survey) => survey.profiles()));
  const checks = surveyed.flatMap((survey) => survey.checks).sort(byName('profile'));
  const types = await Promise.all(all.map((survey) => survey.types()));
  return {
    tenant,
    stored: added(types.flat(), ({ type }) => type).sort(byName('type')),
    checks,
    findings: surveyed
      .flatMap(({ findings }) => findings.map((each) => ({ ...each, severity: severityOf(each.rule) })))
      .sort((a, b) => b.resources - a.resources),
    unchecked: surveyed.flatMap(({ unchecked }) => unchecked).sort(byName('profile')),
    uncheckedRules: profiles && uncheckedRulesOf(checks, profiles),
    ...(await surveyStock(surveys, onProgress)),
    labels: labelsOf(await Promise.all(all.map((survey) => survey.labels()))),
  };
}
