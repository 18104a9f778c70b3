/** What audit-service knows of events that are not in a trail. What no service has sent yet, it knows nothing of. */
export interface Undelivered {
  /** @returns how many dead letters wait that are of this plan, or that name none */
  deadLetters(tenant: string): Promise<number>;
  /**
   * @returns from how many processes of services a later event is stored, for two minutes or more, and an earlier one is not; the
   *   answer may be five seconds old
   */
  producers(): Promise<number>;
}
