/** Of the statements in a long file, those that a verification needs. */
import { type Checkpoint, type CheckpointKeys, openCheckpoint } from '../checkpoints/checkpoint.ts';
import { oldestFirst, onceEach } from '../checkpoints/signed.ts';
import { type Acknowledgement, acknowledgementStatements } from '../foreign/acknowledgement.ts';
import { type ReplayRecord, replayStatements } from '../restores/replay-record.ts';
import { openRestores, type RestoreRecord } from '../restores/restore-record.ts';

/**
 * The last checkpoint of each hour is kept for two days and two hours. Who rules the database can write today's records anew
 * while audit-service restarts, and has the new ones signed: the last checkpoint of the day agrees with them then, but not the
 * hours before. So the verification of each night sees all hours since the one before.
 */
const HOURS = 50;
/** For so long the last one of each day is kept, and before that of each month. */
const DAYS = 62;
const HOUR_MS = 3_600_000;
/** One replica signs once a minute. What is more is looked at before it fills the memory. */
const MAX_WAITING = 200;

/** What a line says of itself, before anybody has looked at its signature. */
interface Claim {
  tenant: string;
  signed: string;
  kind?: unknown;
  restored?: unknown;
  replayed?: unknown;
  acknowledged?: unknown;
}

function claimOf(line: string): Claim | undefined {
  try {
    const [, payload = ''] = line.split('.');
    const claim = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Partial<Claim>;
    const { tenant, signed } = claim;
    return typeof tenant === 'string' && typeof signed === 'string'
      ? { ...claim, tenant, signed }
      : undefined;
  } catch {
    return undefined; // no statement of ours
  }
}

const hourOf = ({ signed }: Claim) => signed.slice(0, 'yyyy-mm-ddThh'.length);

/** Lines of a tenant's newest hour. */
interface Waiting {
  hour: string;
  lines: string[];
}

/**
 * Kept are all roots and the operators' statements, of each tenant its first checkpoint, those of its newest hour, the last one
 * of each hour, day or month before, and the last one before each restore: what came after that restore on the same day may be of
 * another history. Checking a signature takes longer than anything else here. So of an hour that is over the newest line is opened
 * that one of the keys signed, and the others are not. Each checkpoint stands for all records before it: fewer of them find
 * the same, and name it less exactly.
 */
export class KeptStatements {
  private readonly keys: CheckpointKeys;
  private readonly operators: CheckpointKeys | undefined;
  /** by what they sign */
  private readonly roots = new Map<string, Checkpoint>();
  private readonly restores = new Map<string, RestoreRecord>();
  private readonly replays = new Map<string, ReplayRecord>();
  private readonly acknowledgements = new Map<string, Acknowledgement>();
  /** by tenant: since when it is known here */
  private readonly first = new Map<string, Checkpoint>();
  /** by the line of a restore */
  private readonly beforeRestores = new Map<string, Checkpoint>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly recent = new Map<string, Checkpoint>();
  /** by tenant and hour, day or month */
  private heads = new Map<string, Checkpoint>();

  /** @param operators whose statements about restores are believed; undefined: nobody's */
  constructor(keys: CheckpointKeys, operators: CheckpointKeys | undefined) {
    this.keys = keys;
    this.operators = operators;
  }

  async add(text: string): Promise<void> {
    const line = text.trim();
    const claim = line === '' ? undefined : claimOf(line);
    if (!claim) return;
    if (claim.restored !== undefined) return this.addRestore(line);
    if (claim.replayed !== undefined) return this.addReplay(line);
    if (claim.acknowledged !== undefined) return this.addAcknowledgement(line);
    const { tenant } = claim;
    if (!this.first.has(tenant)) await this.noteFirst(line);
    if (claim.kind === 'root') return this.addRoot(line);
    const waiting = this.waiting.get(tenant) ?? { hour: hourOf(claim), lines: [] };
    if (waiting.hour !== hourOf(claim) || waiting.lines.length >= MAX_WAITING) {
      await this.keepNewest(waiting.lines);
      Object.assign(waiting, { hour: hourOf(claim), lines: [] });
    }
    waiting.lines.push(line);
    this.waiting.set(tenant, waiting);
  }

  /** What was added so far, the restores from the oldest on. */
  async outside(): Promise<{
    checkpoints: Checkpoint[];
    restores: RestoreRecord[];
    replays: ReplayRecord[];
    acknowledgements: Acknowledgement[];
  }> {
    const lines = [...this.waiting.values()].flatMap((each) => each.lines);
    for (const line of this.recent.keys()) if (!lines.includes(line)) this.recent.delete(line);
    for (const line of lines) if (!this.recent.has(line)) await this.addRecent(line);
    this.thin();
    const all = [this.first, this.roots, this.heads, this.beforeRestores, this.recent].flatMap((some) => [
      ...some.values(),
    ]);
    const restores = oldestFirst([...this.restores.values()]);
    return {
      checkpoints: onceEach(all),
      restores,
      replays: [...this.replays.values()],
      acknowledgements: [...this.acknowledgements.values()],
    };
  }

  private async addRestore(line: string): Promise<void> {
    const [restore] = this.operators ? await openRestores([line], this.operators) : [];
    if (!restore) return;
    this.restores.set(line, restore);
    const { tenant } = restore;
    const before =
      (await this.newestOf(this.waiting.get(tenant)?.lines ?? [])) ??
      oldestFirst([...this.heads.values()].filter((head) => head.tenant === tenant)).at(-1);
    if (before) this.beforeRestores.set(line, before);
  }

  private async addReplay(line: string): Promise<void> {
    const replay = this.operators && (await replayStatements.open(line, this.operators));
    if (replay) this.replays.set(line, replay);
  }

  private async addAcknowledgement(line: string): Promise<void> {
    const acknowledgement = this.operators && (await acknowledgementStatements.open(line, this.operators));
    if (acknowledgement) this.acknowledgements.set(line, acknowledgement);
  }

  private async noteFirst(line: string): Promise<void> {
    const checkpoint = await openCheckpoint(line, this.keys);
    if (checkpoint) this.first.set(checkpoint.tenant, checkpoint);
  }

  private async addRoot(line: string): Promise<void> {
    const root = await openCheckpoint(line, this.keys);
    if (root) this.roots.set(line, root);
  }

  private async addRecent(line: string): Promise<void> {
    const checkpoint = await openCheckpoint(line, this.keys);
    if (checkpoint) this.recent.set(line, checkpoint);
  }

  /** @returns the newest of some lines that is signed */
  private async newestOf(lines: readonly string[]): Promise<Checkpoint | undefined> {
    for (const line of lines.toReversed()) {
      const checkpoint = this.recent.get(line) ?? (await openCheckpoint(line, this.keys));
      if (checkpoint) return checkpoint;
    }
    return undefined;
  }

  /** Keeps the newest signed line of an hour that is over. */
  private async keepNewest(lines: readonly string[]): Promise<void> {
    const checkpoint = await this.newestOf(lines);
    if (!checkpoint) return;
    const slot = slotOf(checkpoint);
    const kept = this.heads.get(slot);
    if (!kept || kept.signed < checkpoint.signed) this.heads.set(slot, checkpoint);
  }

  /** Hours become days, and days months. */
  private thin(): void {
    const ascending = [...this.heads.values()].sort((one, other) => (one.signed < other.signed ? -1 : 1));
    this.heads = new Map(ascending.map((checkpoint) => [slotOf(checkpoint), checkpoint]));
  }
}

function slotOf({ tenant, signed }: Checkpoint): string {
  const hours = (Date.now() - Date.parse(signed)) / HOUR_MS;
  const older = hours > DAYS * 24 ? 'yyyy-mm' : 'yyyy-mm-dd';
  return `${tenant} ${signed.slice(0, (hours > HOURS ? older : 'yyyy-mm-ddThh').length)}`;
}
