/** What audit-service knows of events that are not in a trail. It knows nothing of events that no service has sent yet. */
export interface Undelivered {
  /** @returns how many dead letters wait that are of this plan, or that name none */
  deadLetters(tenant: string): Promise<number>;
  /**
   * @returns from how many processes of services a later event is stored, for two minutes or more, and an earlier one is not; the
   *   answer may be five seconds old
   */
  producers(): Promise<number>;
}
