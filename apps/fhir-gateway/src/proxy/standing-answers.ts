/** Answers that stand still because their clients do not read on. */

/**
 * So many may stand still at one service. Each keeps a connection to the service, and has no place in the bulkhead any more: so many
 * others are left for whoever has one.
 */
export const MOST_STANDING = 32;

/** An answer of which a part waits for its client. */
interface StandingAnswer {
  /** of the client */
  network: string;
  breakOff(): void;
}

/** The answers of one service that stand still. Of too many the one that has stood longest is broken off, of the network with the most. */
export class StandingAnswers {
  /** whoever has stood longest comes first */
  private readonly standing: StandingAnswer[] = [];

  /** @returns what is called when the answer goes on, or has ended */
  add(answer: StandingAnswer): () => void {
    this.standing.push(answer);
    if (this.standing.length > MOST_STANDING) this.breakOne();
    return () => this.remove(answer);
  }

  private remove(answer: StandingAnswer): void {
    const at = this.standing.indexOf(answer);
    if (at >= 0) this.standing.splice(at, 1);
  }

  private breakOne(): void {
    const counts = new Map<string, number>();
    for (const { network } of this.standing) counts.set(network, (counts.get(network) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const longest = this.standing.find(({ network }) => counts.get(network) === most);
    if (!longest) return;
    this.remove(longest);
    longest.breakOff();
  }
}
