import type { Pool } from '@patient-access/database';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../generated/client.ts';

/** Prisma on an existing pool: administration and look-ups; what must be atomic is SQL on the same pool. */
export function createPrisma(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}
