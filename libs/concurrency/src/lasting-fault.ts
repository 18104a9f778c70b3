const SAY_AGAIN_MS = 60_000;

/** When a line was written last, and how often the same fault came since then. */
interface Said {
  at: number;
  unsaid: number;
}

/**
 * A fault that comes again with each look at the database, as while Postgres is away. It is logged at once, and then once a minute
 * while it lasts, because thousands of equal lines would hide all others.
 */
export class LastingFault {
  private readonly said = new Map<string, Said>();
  private readonly log: (fields: object) => void;

  /** @param log writes one line with these fields */
  constructor(log: (fields: object) => void) {
    this.log = log;
  }

  /** @param fields of the line; a fault with others is another fault, and logged at once */
  tell(fields: object): void {
    const now = performance.now();
    const fault = JSON.stringify(fields);
    const before = this.said.get(fault);
    if (before && now - before.at < SAY_AGAIN_MS) {
      before.unsaid += 1;
      return;
    }
    for (const [each, { at }] of this.said) if (now - at >= SAY_AGAIN_MS) this.said.delete(each);
    this.said.set(fault, { at: now, unsaid: 0 });
    this.log({ ...fields, ...(before?.unsaid && { unsaid: before.unsaid }) });
  }
}
