/** What a drill says while it goes on, and how it counts. */
export class Drill {
  readonly counts = { passed: 0, failed: 0 };
  private readonly startedAt = Date.now();

  /** A step that is taken. */
  say(line: string): void {
    console.log(`${((Date.now() - this.startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  }

  /** Something that has to be true now. @param found what it was instead */
  expect(holds: boolean, what: string, found: unknown = ''): void {
    this.counts[holds ? 'passed' : 'failed'] += 1;
    this.say(`${holds ? 'ok  ' : 'FAIL'}  ${what}`);
    if (!holds && found !== '') console.log(`         ${String(found)}`);
  }
}
