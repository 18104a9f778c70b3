import { parseCommandLine } from '@patient-access/platform/command-usage';

/** A wrong call of the command. The message is for the person who typed it. */
export class ReportUsageError extends Error {
  override name = 'UsageError';
}

export interface ReportOptions {
  tenant: string;
  year: number;
  /** folder that the files are written to */
  out: string;
  /** client ids of the plan's own apps, which no member has designated */
  ownApps: string[];
  /** file with what the data cannot say (prior authorization) */
  planFigures?: string;
  /** tell only of decisions that came late in so many days */
  lateWithinDays?: number;
}

/** The grammar of a tenant's id, which is a part of the paths that serve it. */
const TENANT = /^[a-z0-9](?:[a-z0-9-]{0,62})$/;
const YEAR = /^20\d\d$/;
const DAYS = /^[1-9]\d{0,2}$/;

const SPECIFICATION = {
  tenant: { type: 'string' },
  year: { type: 'string' },
  out: { type: 'string' },
  'own-app': { type: 'string', multiple: true },
  'plan-figures': { type: 'string' },
  'late-within': { type: 'string' },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseCommandLine({ args: [...args], options: SPECIFICATION }).values;
  } catch (error) {
    throw new ReportUsageError((error as Error).message);
  }
}

/** @param now whose year is the last one to report about @throws ReportUsageError with one line */
export function reportOptions(args: readonly string[], now = new Date()): ReportOptions {
  const { tenant = '', year = '', out = '.', 'own-app': ownApps = [], ...more } = parse(args);
  const { 'plan-figures': planFigures, 'late-within': lateWithin } = more;
  if (!TENANT.test(tenant)) throw new ReportUsageError('--tenant <id>: the tenant to report about');
  if (!YEAR.test(year)) throw new ReportUsageError('--year <yyyy>: the calendar year to report about');
  if (Number(year) > now.getUTCFullYear()) throw new ReportUsageError(`--year: ${year} is in the future`);
  if (lateWithin !== undefined && !DAYS.test(lateWithin))
    throw new ReportUsageError('--late-within <days>: 1 to 999');
  return {
    ...{ tenant, year: Number(year), out, ownApps },
    ...(planFigures !== undefined && { planFigures }),
    ...(lateWithin !== undefined && { lateWithinDays: Number(lateWithin) }),
  };
}
