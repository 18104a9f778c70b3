/** Parameters of operations and histories, which have a list of their own and not that of a search. */
import { dateSpan, invalid, notSupported } from '@patient-access/fhir';

type Entries = readonly [string, string][];

export const valuesOf = (parameters: Entries, name: string): string[] =>
  parameters.filter(([key]) => key === name).map(([, value]) => value);

/**
 * @param known the names that there are
 * @param where as the refusal says it, such as `with $docref`
 * @throws OperationError 400 naming a parameter that is none of them
 */
export function refuseOthers(parameters: Entries, known: readonly string[], where: string): void {
  const other = parameters.find(([name]) => !known.includes(name));
  if (other) throw notSupported(`${other[0]} is not supported ${where}.`, other[0]);
}

/**
 * @returns the instant of `_since`, ISO 8601; undefined: it is not given
 * @throws OperationError 400 when it is given twice, or is no instant
 */
export function sinceParameter(parameters: Entries): string | undefined {
  const [value, ...others] = valuesOf(parameters, '_since');
  if (value === undefined) return undefined;
  const span = dateSpan(value);
  if (!span || others.length > 0) throw invalid('_since: one instant, e.g. 2026-01-31T08:00:00Z.', '_since');
  return span.low;
}
