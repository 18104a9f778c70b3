/**
 * The rules and the dashboard as objects of a cluster, for k8s/components/monitoring. Both are made from the files that Prometheus and
 * Grafana read elsewhere: `node tools/k8s/monitoring.ts` writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = 'k8s/components/monitoring';
const MADE = (from: string) => `# Made from ${from}: node tools/k8s/monitoring.ts\n`;

const indented = (text: string, by: number): string =>
  text.replace(/^(?=.)/gm, ' '.repeat(by)).replace(/\n*$/, '\n');

/** @param rules k8s/alerts.yaml @returns an object of the Prometheus operator (monitoring.coreos.com/v1) */
export const prometheusRule = (rules: string): string =>
  `${MADE('k8s/alerts.yaml')}apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: patient-access
spec:
${indented(rules, 2)}`;

/** @param dashboard k8s/dashboard.json @returns a ConfigMap that the sidecar of Grafana's chart takes up by its label */
const dashboardConfigMap = (dashboard: string): string =>
  `${MADE('k8s/dashboard.json')}apiVersion: v1
kind: ConfigMap
metadata:
  name: patient-access-dashboard
  labels: { grafana_dashboard: '1' }
data:
  patient-access.json: |
${indented(dashboard, 4)}`;

const OBJECTS: readonly [string, string, (text: string) => string][] = [
  ['k8s/alerts.yaml', 'prometheus-rule.yaml', prometheusRule],
  ['k8s/dashboard.json', 'dashboard.yaml', dashboardConfigMap],
];

/** @returns one line for each object that says something else than its file */
export function monitoringProblems(root: string): string[] {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  return OBJECTS.filter(([from, name, make]) => read(join(FOLDER, name)) !== make(read(from))).map(
    ([from, name]) => `${FOLDER}/${name}: differs from ${from}: node tools/k8s/monitoring.ts`,
  );
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '../..');
  for (const [from, name, make] of OBJECTS)
    writeFileSync(join(root, FOLDER, name), make(readFileSync(join(root, from), 'utf8')));
}
