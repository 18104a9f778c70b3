import { ActRefused } from '../../act-refused.ts';

/** A repair that cannot be done; the text says why. */
export class RepairRefused extends ActRefused {
  override name = 'RepairRefused';
}

/** @throws RepairRefused when the work meets a link that exists */
export async function unlessTaken<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    if ((error as { code?: string }).code !== '23505') throw error;
    throw new RepairRefused('another login has this subject or number already: unlink it first');
  });
}
