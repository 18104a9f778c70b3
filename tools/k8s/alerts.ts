/** Checks `k8s/alerts.yaml`: an alert about a metric that no service has would never be raised. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const SEVERITIES = ['page', 'ticket'];
const METRIC = /\b(?:audit|auth|mail|outbox)_\w+/g;
const SHOWN = /metrics\.(?:gauge|counter)\(\s*'(\w+)'/g;

interface Rule {
  alert?: string;
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

/** @param text Prometheus rules (prometheus.io, recording_rules) @returns what is wrong with them, one line each */
export function alertProblems(text: string, metrics: ReadonlySet<string>): string[] {
  const { groups = [] } = parse(text) as { groups?: { rules: Rule[] }[] };
  const rules = groups.flatMap(({ rules: all }) => all);
  if (rules.length === 0) return ['alerts.yaml: has no rules'];
  return rules.flatMap(({ alert = '', expr = '', labels, annotations }) => {
    const where = `alerts.yaml: ${alert}`;
    const unknown = [...expr.matchAll(METRIC)].map(([name]) => name).filter((name) => !metrics.has(name));
    return [
      ...unknown.map((name) => `${where}: no service shows ${name}`),
      ...(alert && expr.match(METRIC) ? [] : [`${where}: has to have a name, and a number of ours`]),
      ...(SEVERITIES.includes(labels?.severity ?? '') ? [] : [`${where}: page or ticket?`]),
      ...(annotations?.summary ? [] : [`${where}: says nothing`]),
    ];
  });
}
