/** Label selectors (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors). */
import type { Manifest } from './render.ts';

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** @throws Error for an operator that none of our manifests uses */
function holds(
  { key, operator, values = [] }: Required<LabelSelector>['matchExpressions'][number],
  labels: Labels,
) {
  const isOne = values.includes(labels[key] ?? '');
  if (operator === 'In') return isOne;
  if (operator === 'NotIn') return !isOne;
  throw new Error(`no rule for the operator ${operator}`);
}

/** @returns whether a selector selects an object; an empty selector selects all */
export const selects = (
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels,
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every((expression) => holds(expression, labels));

/** @returns the labels of the pods of a Deployment; none when there is no such Deployment */
export function podLabels(manifests: Manifest[], name: string): Labels {
  const deployment = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  const spec = deployment?.['spec'] as { template: { metadata?: { labels?: Labels } } } | undefined;
  return spec?.template.metadata?.labels ?? {};
}
