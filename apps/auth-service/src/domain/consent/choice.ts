/** Reads the member's decision from the posted form. Only what the page offered counts. */
import { type Duration, scopeFor } from './durations.ts';
import { narrowScope } from './requested-access.ts';
import type { ConsentSnapshot } from './consent-snapshot.ts';

/** The checked boxes of a page. */
export interface Ticks {
  kinds: ReadonlySet<string>;
  sensitive: ReadonlySet<string>;
  duration: string | undefined;
}

export interface Choice {
  /** the granted scopes */
  scope: string;
  /** ids of the kinds that were offered and unchecked */
  declined: string[];
  /** ids of the sensitive categories that were released */
  sensitive: string[];
  /** their labels */
  labels: string[];
  duration: Duration;
}

export function ticksOf(fields: URLSearchParams): Ticks {
  const [duration, ...more] = fields.getAll('duration');
  return {
    kinds: new Set(fields.getAll('kind')),
    sensitive: new Set(fields.getAll('sensitive')),
    duration: more.length === 0 ? duration : undefined,
  };
}

/** @returns the decision, or the name of the text that says what is missing */
export function choiceOf(snapshot: ConsentSnapshot, ticks: Ticks): Choice | 'none' | 'duration' {
  const kept = new Set<string>(snapshot.kinds.map(({ id }) => id).filter((id) => ticks.kinds.has(id)));
  if (snapshot.kinds.length > 0 && kept.size === 0) return 'none';
  const [first, ...others] = snapshot.durations;
  const duration = others.length === 0 ? first : snapshot.durations.find(({ id }) => id === ticks.duration);
  if (!duration) return 'duration';
  const released = snapshot.sensitive.filter(({ id }) => ticks.sensitive.has(id));
  return {
    scope: scopeFor(duration, narrowScope(snapshot.scope, kept)),
    declined: snapshot.kinds.map(({ id }) => id).filter((id) => !kept.has(id)),
    sensitive: released.map(({ id }) => id),
    labels: [...new Set(released.flatMap(({ labels }) => labels))],
    duration,
  };
}
