/**
 * How many gateways live, as auth-service says on the stream of revocations that each of them listens to (ADR 104). Until it
 * has said it, and while it is away, the last number holds.
 */
export class LiveGateways {
  count = 1;

  /** @returns the part of a limit that this gateway counts by itself */
  share(limit: number): number {
    return Math.ceil(limit / this.count);
  }
}
