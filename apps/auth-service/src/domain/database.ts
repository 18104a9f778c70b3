import type { Pool } from '@patient-access/database';
import { PrismaPg } from '@prisma/adapter-pg';
import type { PoolClient } from 'pg';
import { type Prisma, PrismaClient } from '../generated/client.ts';

/** The pool, or one connection inside a transaction. */
export type Queryable = Pick<Pool | PoolClient, 'query'>;

/** Runs a statement where the caller says: in a transaction, or by itself on any connection of a pool. */
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

export const queryOn =
  (db: Queryable): RunSql =>
  async (text, values) =>
    (await db.query(text, values)).rows;

/** Runs SQL in a transaction of Prisma. */
export function queryIn(transaction: Prisma.TransactionClient): RunSql {
  return (text, values) => transaction.$queryRawUnsafe(text, ...values);
}
