/** Background work on the trail: tables for the next months, signed heads, verified chains, and sums for scorecards. */
import { createPool, type Pool } from '@patient-access/database';
import type { Logger, Metrics } from '@patient-access/platform';
import { BackgroundWork } from './background-work.ts';
import { type CheckpointKeys, checkpointSigner } from './checkpoints/checkpoint.ts';
import { checkpointPublisher } from './checkpoints/publish.ts';
import { HeadSigner } from './checkpoints/sign-heads.ts';
import type { MaintenanceConfig } from './config.ts';
import type { ChainState } from './console/chain-state.ts';
import { takingUp } from './delivery/take-up.ts';
import { sumUp } from './scorecard/sum-up.ts';
import { ContinuousVerifier } from './verify/continuous-verifier.ts';
import { withStatements } from './verify/operator-statements.ts';
import { OutsideLog } from './verify/outside.ts';
import { isKeptOutside, readPlaces } from './verify/outside-places.ts';
import { TrailRecords } from './verify/records.ts';
import { StartCheck } from './verify/start-check.ts';

const MONTHS_AHEAD = 3;
const PREPARE = 'SELECT trail.prepare_months($1)';
const PREPARE_MS = 3_600_000;
const SIGN_MS = 60_000;
const SUM_MS = 60_000;
/** Between two attempts to learn after a start what is known outside. */
const LOOK_MS = 10_000;
const VERIFICATIONS_PER_MINUTE = 6;
/** From the beginning of a walk through all chains to that of the next: a small trail is not verified all the time. */
const WALK_MS = 300_000;
const NOT_SIGNED = 'checkpoints not signed';
/** For signing, verifying and adding up, one each. */
const CONNECTIONS = 3;

export interface Maintenance {
  /** What may not be appended yet. */
  start: StartCheck;
  /** What is known of the chains, for auditors. */
  chains: ChainState;
  /** Adds the state of the chains to the metrics. */
  report(metrics: Metrics): void;
  stop(): Promise<void>;
}

interface Watchers {
  heads: HeadSigner;
  verifier: ContinuousVerifier;
  start: StartCheck;
}

function reportChains(metrics: Metrics, { heads, verifier, start }: Watchers): void {
  const broken = () => [
    ...start.held,
    ...heads.brokenTenants,
    ...verifier.problems.map(({ tenant }) => tenant),
  ];
  metrics.gauge(
    'audit_chain_broken',
    'Chains that do not verify: see the log.',
    () => Object.fromEntries(broken().map((tenant) => [tenant, 1])),
    'tenant',
  );
  metrics.gauge(
    'audit_records_lost',
    'Records that restores have lost, as the operators signed.',
    () => verifier.lostByRestores,
    'tenant',
  );
  metrics.counter(
    'audit_records_verified_total',
    'Records of the trail that were verified again.',
    () => verifier.verified,
  );
}

const reportWork = (metrics: Metrics, work: BackgroundWork): void =>
  metrics.gauge(
    'audit_work_failing_seconds',
    'From the first to the latest failure of a work in the background, when all between failed: see the log.',
    () => work.failingSeconds,
    'work',
  );

const recordsAtOnce = ({ VERIFY_RECORDS_PER_MINUTE: perMinute }: MaintenanceConfig): number =>
  Math.ceil(perMinute / VERIFICATIONS_PER_MINUTE);

const chainState = ({ heads, verifier, start }: Watchers): ChainState => ({
  of: (tenant) => ({
    problems: [
      ...(start.held.includes(tenant) ? ['the trail lacks what was signed of it, and takes no events'] : []),
      ...(heads.brokenTenants.includes(tenant) ? ['the chain has lost what was signed of it'] : []),
      ...verifier.problems
        .filter((problem) => problem.tenant === tenant)
        .map(({ lane, seq, kind }) => `record ${seq} of lane ${lane}: ${kind}`),
    ],
    verified: verifier.verifiedOf(tenant),
  }),
});

function continuousVerifier(
  config: MaintenanceConfig,
  auditor: Pool,
  checkpoints: CheckpointKeys,
  logger: Logger,
): ContinuousVerifier {
  const { CHECKPOINT_LOG, OPERATOR_STATEMENTS, RESTORE_PUBLIC_KEYS: operators } = config;
  const log = new OutsideLog(CHECKPOINT_LOG, checkpoints, operators);
  return new ContinuousVerifier(
    new TrailRecords(auditor),
    { checkpoints, events: config.EVENT_PUBLIC_KEYS },
    (problem) => logger.error(problem, 'the trail does not verify'),
    async () => withStatements(await log.read(), OPERATOR_STATEMENTS, checkpoints, operators),
  );
}

function startCheck(
  config: MaintenanceConfig,
  auditor: Pool,
  { keys, prepare }: { keys: CheckpointKeys; prepare: () => Promise<void> },
  logger: Logger,
): StartCheck {
  const read = async () => {
    // A topic that is missing is made here, so that it is not taken for one that cannot be read.
    if (config.KAFKA_BROKERS) await prepare();
    return readPlaces(config, keys);
  };
  const onLost = (tenant: string, lane: number, seq: number) =>
    logger.error(
      { tenant, lane, seq },
      'the trail lacks what was signed of it outside: its events wait, and it is not signed. If it was restored, sign that (audit restore)',
    );
  return new StartCheck({ read: isKeptOutside(config) ? read : undefined, auditor, keys, onLost });
}

/** @returns looks until what is known outside is read, and then once a minute while a plan is held */
function looking(start: StartCheck): () => Promise<void> {
  let comparedAt = -Infinity;
  return async () => {
    if (performance.now() - comparedAt < SIGN_MS) return;
    await start.look();
    comparedAt = performance.now();
  };
}

/** @returns verifies the next records, and rests when it has been through all of them, unless there is a problem */
function verification(verifier: ContinuousVerifier, records: number): () => Promise<void> {
  let beganAt = -Infinity;
  let isThrough = true;
  return async () => {
    if (isThrough) {
      if (verifier.problems.length === 0 && performance.now() - beganAt < WALK_MS) return;
      beganAt = performance.now();
    }
    isThrough = await verifier.verifyNext(records);
  };
}

/** @param records how many are verified at a time */
function watch(work: BackgroundWork, { heads, verifier, start }: Watchers, records: number): void {
  const unread = 'events wait: what was signed of the trail could not be read';
  work.every('comparison', LOOK_MS, looking(start), unread);
  work.every('checkpoints', SIGN_MS, () => heads.sign(), NOT_SIGNED);
  const verify = verification(verifier, records);
  work.every('verification', SIGN_MS / VERIFICATIONS_PER_MINUTE, verify, 'the trail could not be verified');
}

/**
 * Starts the background work. Every replica may start it.
 *
 * @throws Error when the key is not valid, or when row-level security does not apply to one of the roles
 */
export async function startMaintenance(config: MaintenanceConfig, logger: Logger): Promise<Maintenance> {
  const signer = await checkpointSigner(config.CHECKPOINT_KEY, config.CHECKPOINT_PUBLIC_KEYS);
  const pool = await createPool(config.INGEST_DATABASE_URL, { max: CONNECTIONS });
  const auditor = await createPool(config.AUDITOR_DATABASE_URL, { max: CONNECTIONS, readOnly: true });
  const publisher = checkpointPublisher(config, logger);
  const onBroken = (tenant: string, lane: number, seq: number) =>
    logger.error({ tenant, lane, seq }, 'the trail has lost what was signed of it; it is not signed again');
  const start = startCheck(config, auditor, { keys: signer.keys, prepare: publisher.prepare }, logger);
  const heads = new HeadSigner({ pool, auditor, signer, publisher, outside: start, onBroken });
  const verifier = continuousVerifier(config, auditor, signer.keys, logger);
  const watchers = { heads, verifier, start };
  const stopping = new AbortController();
  const letters = { pool, start, logger, keys: config.EVENT_PUBLIC_KEYS, stopping: stopping.signal };
  const fail = (err: unknown, message: string) => logger.error({ err }, message);
  const work = new BackgroundWork(fail);
  work.every('months', PREPARE_MS, () => pool.query(PREPARE, [MONTHS_AHEAD]), 'months not prepared');
  work.every('topic', SIGN_MS, () => publisher.prepare(), 'the topic of checkpoints is not made');
  work.every('letters', LOOK_MS, takingUp(letters), 'what came while its plan was held is not stored yet');
  work.every('sums', SUM_MS, () => sumUp(pool), 'the trail was not added up');
  watch(work, watchers, recordsAtOnce(config));
  return {
    start,
    chains: chainState(watchers),
    report(metrics) {
      reportChains(metrics, watchers);
      reportWork(metrics, work);
    },
    async stop() {
      stopping.abort();
      await work.stop();
      // At a regular end, the last events are signed too.
      await heads.sign().catch((error: unknown) => fail(error, NOT_SIGNED));
      await publisher.close();
      await Promise.all([auditor.end(), pool.end()]);
    },
  };
}
