import type { Pool } from '@patient-access/database';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Query } from '../consent/end-grants.ts';
import { type Prisma, PrismaClient } from '../generated/client.ts';

/** Prisma on an existing pool: administration and look-ups; what must be atomic is SQL on the same pool. */
export function createPrisma(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}

/** SQL in a transaction of Prisma's. */
export function queryIn(transaction: Prisma.TransactionClient): Query {
  return (text, values) => transaction.$queryRawUnsafe(text, ...values);
}
