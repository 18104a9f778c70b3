interface Entry<Item> {
  item: Item;
  /** its place in the list; -1 when it has left */
  at: number;
}

/**
 * What is under way, in no order: the answers of a server, of which thousands begin and end in a second.
 *
 * A Set is no good for that. V8 gives it a new table after some additions, and each table refers to the next one. Once one of
 * them has become old, all that follow it stay in memory with what was in them, until the whole heap is collected (ADR 146).
 */
export class InFlight<Item> {
  private readonly entries: Entry<Item>[] = [];

  /** @returns what takes the item out, and says whether it was still there */
  add(item: Item): () => boolean {
    const entry = { item, at: this.entries.length };
    this.entries.push(entry);
    return () => this.remove(entry);
  }

  /** @returns all that are in it; none is afterwards */
  takeAll(): Item[] {
    const taken = this.entries.splice(0);
    for (const entry of taken) entry.at = -1;
    return taken.map(({ item }) => item);
  }

  private remove(entry: Entry<Item>): boolean {
    if (entry.at < 0) return false;
    const last = this.entries.pop();
    if (last && last !== entry) {
      this.entries[entry.at] = last;
      last.at = entry.at;
    }
    entry.at = -1;
    return true;
  }
}
