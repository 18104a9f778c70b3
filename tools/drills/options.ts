/** The arguments of `npm run drills`. */
import { parseArgs } from 'node:util';

export interface DrillOptions {
  /** the drills that are named; none: all */
  named: readonly string[];
  /** leaves out what has to wait for a checkpoint of the trail, and repeats nothing */
  short: boolean;
  /** whether a failover is tried with PgBouncer before Postgres, for whom a pooler serves */
  pooler: boolean;
}

export function drillOptions(): DrillOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false }, pooler: { type: 'boolean', default: false } },
  });
  return {
    named: positionals,
    short: values.short,
    pooler: values.pooler,
  };
}
