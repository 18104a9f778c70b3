import type { Pool } from '@patient-access/database';
import { PrismaPg } from '@prisma/adapter-pg';
import type { PoolClient } from 'pg';
import { type Prisma, PrismaClient } from '../generated/client.ts';

/** Runs a statement in the caller's transaction. */
export type RunSql = <Row>(text: string, values: unknown[]) => Promise<Row[]>;

/**
 * Prisma on an existing pool, for administration and look-ups. Work that has to be atomic is SQL on the same pool.
 */
export function createPrisma(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}

/**
 * Administration may set many logins over few connections on a busy machine. Every transaction waits for its
 * connection.
 */
const TRANSACTION = { maxWait: 30_000, timeout: 30_000 };

/** Commits everything that `work` does when it resolves. Nothing of it is stored when it rejects. */
export function inPrismaTransaction<Result>(
  prisma: PrismaClient,
  work: (transaction: Prisma.TransactionClient) => Promise<Result>,
): Promise<Result> {
  return prisma.$transaction(work, TRANSACTION);
}

/** Runs SQL on any connection of a pool, each statement alone. */
export const queryWith =
  (pool: Pool): RunSql =>
  async (text, values) =>
    (await pool.query(text, values)).rows;

/** Runs SQL in the transaction of a connection. */
export const queryOn =
  (client: PoolClient): RunSql =>
  async (text, values) =>
    (await client.query(text, values)).rows;

/** Runs SQL in a transaction of Prisma. */
export function queryIn(transaction: Prisma.TransactionClient): RunSql {
  return (text, values) => transaction.$queryRawUnsafe(text, ...values);
}
