/** What keeps an installation from production, and what to do about it. */
import type { ServiceName } from '@patient-access/topology';

export interface Obstacle {
  /** what was looked at, as `TLS to Postgres` */
  check: string;
  /** `stop`: not with real members; `look`: somebody has to say that it is meant so */
  level: 'stop' | 'look';
  found: string;
  fix: string;
}

/** Settings by name; the values of files are in them. */
export type Given = Readonly<Record<string, string | undefined>>;

export interface CheckedService {
  service: ServiceName;
  given: Given;
}

export const toChange = (check: string, found: string, fix: string): Obstacle => ({
  check,
  level: 'stop',
  found,
  fix,
});
export const toLookAt = (check: string, found: string, fix: string): Obstacle => ({
  check,
  level: 'look',
  found,
  fix,
});

/** @returns the finding, unless it holds */
export const unless = (holds: boolean, finding: Obstacle): Obstacle[] => (holds ? [] : [finding]);
