/** Statements that were signed: checkpoints, and those of the operators. */

/** The same statement may be known from two places. */
export const onceEach = <Statement extends { jws: string }>(these: readonly Statement[]): Statement[] => [
  ...new Map(these.map((each) => [each.jws, each])).values(),
];

export const oldestFirst = <Statement extends { signed: string }>(these: readonly Statement[]): Statement[] =>
  [...these].sort((one, other) => (one.signed < other.signed ? -1 : 1));
