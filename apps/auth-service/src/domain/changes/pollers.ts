/**
 * What looks into the database for work, and rests longer and longer while there is none. A request, and a notice of
 * another process, may leave work behind: then all of them look again soon.
 */
export class Pollers {
  private readonly wakes: (() => void)[] = [];

  /** @param wakes what is called whenever there may be work */
  constructor(...wakes: (() => void)[]) {
    this.wakes = wakes;
  }

  wake(): void {
    for (const wake of this.wakes) wake();
  }
}
