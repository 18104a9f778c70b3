/** Where a walk through a resource is. Its text is put together only when something is found there. */
export class ElementTrail {
  /** names of elements, and places in their lists */
  private readonly steps: (string | number)[] = [];
  private readonly type: string;

  /** @param type of the resource */
  constructor(type: string) {
    this.type = type;
  }

  push(step: string | number): void {
    this.steps.push(step);
  }

  pop(): void {
    this.steps.pop();
  }

  /** e.g. `Observation.component[0].code` */
  get location(): string {
    const steps = this.steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    return this.type + steps.join('');
  }
}
