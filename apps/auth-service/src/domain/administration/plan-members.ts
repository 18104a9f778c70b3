import { z } from 'zod';
import type { PrismaClient } from '../../generated/client.ts';
import { NewMember } from './accounts.ts';

const MAX_NUMBER_CHARACTERS = 64;

const PlanMembers = z.object({
  /** as it stands in the configured claim of the plan's identity provider */
  number: z.string().min(1).max(MAX_NUMBER_CHARACTERS),
  /** whose data the person with this number may see; empty: nobody's */
  patients: z.array(NewMember),
});

function parseLine(line: string, number: number): z.infer<typeof PlanMembers> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`line ${number}: not JSON`);
  }
  const result = PlanMembers.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`line ${number}: ${issue?.path.join('.')}: ${issue?.message}`);
}

/**
 * Sets for each member number whose data its bearer may see, in place of the former list. It applies from the
 * bearer's next login.
 *
 * @param ndjson one `{ number, patients }` a line
 * @throws Error that names the line; then nothing is loaded
 */
export async function loadPlanMembers(prisma: PrismaClient, tenantId: string, ndjson: string): Promise<void> {
  const lines = ndjson
    .split('\n')
    .flatMap((line, index) => (line.trim() ? [parseLine(line, index + 1)] : []));
  const rows = lines.flatMap(({ number, patients }) =>
    patients.map(({ id, relationship, name }, position) => ({
      tenantId,
      number,
      patient: id,
      relationship,
      name,
      position,
    })),
  );
  const numbers = lines.map(({ number }) => number);
  await prisma.$transaction([
    prisma.planMember.deleteMany({ where: { tenantId, number: { in: numbers } } }),
    prisma.planMember.createMany({ data: rows }),
  ]);
}
