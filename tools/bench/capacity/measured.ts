/** What the product costs, as `npm run bench` measured it: docs/performance.md has the conditions of each figure. */
export const MEASURED = {
  /** bytes on disk of a resource with its search values and indexes, by database: `npm run bench -- ingest` */
  bytesPerResource: { claims: 13_300, clinical: 6_200, coverage: 9_000 },
  /** bytes on disk of an event of the trail, with indexes and signed batches: 14 GB for ten million ("Searching the trail") */
  bytesPerEvent: 1_400,
  /** µs of processor for a read at 16 connections, outbox and trail included ("Where the time goes") */
  read: { gateway: 240, owner: 227, ownerPostgres: 111, trail: 78 },
  /** the same for a page of 50 claims with gzip */
  page: { gateway: 426, owner: 3_479, ownerPostgres: 1_333, trail: 313 },
  /** µs of processor for a launch, and for checking a password with argon2id ("Authorization") */
  launch: { gateway: 1_760, service: 4_994, postgres: 2_959, password: 23_000 },
  /** µs of processor of auth-service and of its Postgres for renewing a token once ("Asking again about tokens in use") */
  renewal: { service: 351, postgres: 108 },
  /** resources a second that one import stores, which is one thread: new ones; unchanged ones */
  import: { created: 1_829, unchanged: 13_315 },
  /** events a second that one audit-service stored, with its Postgres and the sender on two cores ("What an event costs") */
  eventsPerSecond: 18_582,
  /** records of the trail a second that `audit:verify` verified on two cores: ten million in 431 s ("Searching the trail") */
  verifiedPerSecond: 23_200,
} as const;
