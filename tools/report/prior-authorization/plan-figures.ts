/** What the rule asks for and PDex has no element for: the plan supplies it from the system in which it decides. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ReportUsageError } from '../options.ts';

const Share = z
  .strictObject({ approved: z.int().min(0), of: z.int().min(0) })
  .refine(({ approved, of }) => approved <= of, 'approved is more than of');

const PlanFigures = z.strictObject({
  /** of the standard requests that were denied and appealed */
  approvedAfterAppeal: Share.optional(),
  /** of the requests for whose review the plan took more time */
  approvedAfterExtension: Share.optional(),
  /** all items and services that need prior authorization */
  services: z.array(z.strictObject({ code: z.string().min(1), name: z.string().min(1) })).optional(),
});

export type PlanFigures = z.infer<typeof PlanFigures>;

/**
 * @param file perhaps with a byte order mark, as programs of Windows write it
 * @throws ReportUsageError with one line
 */
export function planFiguresOf(file: string | undefined): PlanFigures {
  if (file === undefined) return {};
  try {
    return PlanFigures.parse(JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const what = issue ? `${issue.path.join('.')}: ${issue.message}` : (error as Error).message;
    throw new ReportUsageError(`--plan-figures ${file}: ${what}`);
  }
}
