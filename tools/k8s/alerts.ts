/** Checks `k8s/alerts.yaml`: an alert about a metric that no service has would never be raised. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const SEVERITIES = ['page', 'ticket'];
const METRIC =
  /\b(?:access_events|audit|auth|consent|db_client|feed|fhir|further_database|gateway|http_server|mail|outbox|patient_access|service|site)_\w+/g;
/** Prometheus shows a histogram as three metrics. */
const PART = /_(?:bucket|count|sum)$/;
/** Code in a page. */
const CODE = /`[^`]+`/g;
/** A metric's name has three words or more; two are the name of a table or of a setting, too. */
const METRIC_NAME = /^[a-z]+(?:_[a-z]+){2,}$/;
const SHOWN = /(?:metrics|this)\.(?:gauges?|counter|count|duration)\(\s*'(\w+)'/g;

interface Rule {
  alert?: string;
  record?: string;
  expr?: string;
  labels?: { severity?: string };
  annotations?: { summary?: string };
}

/** @returns the names of the services' metrics */
export function exposedMetrics(root: string): ReadonlySet<string> {
  const files = globSync(['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'], { cwd: root });
  const sources = files.map((file) => readFileSync(join(root, file), 'utf8'));
  return new Set(sources.flatMap((source) => [...source.matchAll(SHOWN)].map(([, name = '']) => name)));
}

const namesIn = (expr: string): string[] => [...expr.matchAll(METRIC)].map(([name]) => name);

/** @returns the names of our metrics in a query, and those of them that no service shows */
export function metricsIn(expr: string, metrics: ReadonlySet<string>): { all: string[]; unknown: string[] } {
  const all = namesIn(expr);
  return { all, unknown: all.filter((name) => !metrics.has(name) && !metrics.has(name.replace(PART, ''))) };
}

/** A metric that {@link METRIC} does not find could be misspelt in a rule, and nobody would notice. */
const notFound = (metrics: ReadonlySet<string>): string[] =>
  [...metrics]
    .filter((name) => name.includes('_') && !namesIn(name).includes(name))
    .map((name) => `tools/k8s/alerts.ts: METRIC does not find ${name}`);

const rulesOf = (text: string): Rule[] =>
  (parse(text) as { groups?: { rules: Rule[] }[] }).groups?.flatMap(({ rules }) => rules) ?? [];

/** @param text Prometheus rules @returns the names under which results are recorded */
export const recordedNames = (text: string): string[] => rulesOf(text).flatMap(({ record = [] }) => record);

/** @param text Prometheus rules @returns the names of the alerts */
export const alertNames = (text: string): string[] =>
  rulesOf(text).flatMap(({ alert }) => (alert === undefined ? [] : [alert]));

/**
 * @param text Prometheus rules (prometheus.io, recording_rules)
 * @param runbook has a heading for each alert
 * @returns what is wrong with them, one line each
 */
export function alertProblems(text: string, metrics: ReadonlySet<string>, runbook: string): string[] {
  const all = rulesOf(text);
  const recorded = recordedNames(text);
  const alerts = all.filter(({ record }) => record === undefined);
  if (alerts.length === 0) return ['alerts.yaml: has no rules'];
  const unknown = all.flatMap(({ alert, record, expr = '' }) =>
    metricsIn(expr, metrics).unknown.map(
      (name) => `alerts.yaml: ${alert ?? record}: no service shows ${name}`,
    ),
  );
  const misnamed = [...runbook.matchAll(CODE)].flatMap(([code]) =>
    metricsIn(code, metrics)
      .unknown.filter((name) => METRIC_NAME.test(name))
      .map((name) => `docs/runbook.md: no service shows ${name}`),
  );
  const isOurs = (expr: string) => namesIn(expr).length > 0 || recorded.some((name) => expr.includes(name));
  return [
    ...notFound(metrics),
    ...unknown,
    ...misnamed,
    ...alerts.flatMap(({ alert = '', expr = '', labels, annotations }) => {
      const where = `alerts.yaml: ${alert}`;
      return [
        ...(alert && isOurs(expr) ? [] : [`${where}: has to have a name, and a number of ours`]),
        ...(SEVERITIES.includes(labels?.severity ?? '') ? [] : [`${where}: page or ticket?`]),
        ...(annotations?.summary ? [] : [`${where}: says nothing`]),
        ...(runbook.includes(`\n## ${alert}\n`) ? [] : [`${where}: docs/runbook.md does not say what to do`]),
      ];
    }),
  ];
}
