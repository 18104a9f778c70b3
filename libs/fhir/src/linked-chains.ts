/** Chains of a search whose target another service keeps. They work where everybody may read. */

/** What has to be asked of the service that keeps the target. */
export interface LinkedQuestion {
  /** of the target */
  type: string;
  /** with its modifier, if it has one */
  parameter: string;
  value: string;
  /** the chain as the client wrote it, for what it is told; a service of the release before does not say it */
  chain?: string | undefined;
}

/** The ids of the targets by {@link linkedKey}. */
export type LinkedAnswers = ReadonlyMap<string, readonly string[]>;

export const linkedKey = ({ type, parameter, value }: LinkedQuestion): string =>
  `${type}?${parameter}=${value}`;
