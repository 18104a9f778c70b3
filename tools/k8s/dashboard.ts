/** Checks `k8s/dashboard.json`: a query about a metric that nobody has shows an empty panel for ever. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { metricsIn, recordedNames } from './alerts.ts';

interface Panel {
  type: string;
  title: string;
  targets?: { expr: string }[];
}

const OF_PROCESS = /\b(?:nodejs|process)_\w+/g;
const RECORDED = /\b\w+(?::\w+)+/g;

/** @returns the metrics that every process shows of itself */
function processMetrics(): ReadonlySet<string> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const names = register.getMetricsAsArray().map(({ name }) => name);
  register.clear();
  return new Set(names);
}

interface Query {
  /** title of its panel */
  panel: string;
  expr: string;
}

/** @returns all queries of a dashboard of Grafana */
export const queriesOf = (text: string): Query[] =>
  (JSON.parse(text) as { panels: Panel[] }).panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, expr })),
  );

/**
 * @param rules Prometheus rules, of which queries may use what is recorded
 * @returns what is wrong with the dashboard, one line each
 */
export function dashboardProblems(text: string, metrics: ReadonlySet<string>, rules: string): string[] {
  const [ofProcess, recorded] = [processMetrics(), new Set(recordedNames(rules))];
  const queries = queriesOf(text);
  if (queries.length === 0) return ['dashboard.json: has no queries'];
  return queries.flatMap(({ panel, expr }) => {
    const unknown = [
      ...metricsIn(expr, metrics).unknown,
      ...(expr.match(OF_PROCESS) ?? []).filter((name) => !ofProcess.has(name)),
      ...(expr.match(RECORDED) ?? []).filter((name) => !recorded.has(name)),
    ];
    return unknown.map((name) => `dashboard.json: "${panel}": nobody shows ${name}`);
  });
}
