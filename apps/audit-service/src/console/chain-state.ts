/** What the running service knows of a tenant's chains: the last signature, and the verification in the background. */

export interface ChainState {
  of(tenant: string): {
    /** lanes in which something does not verify, in words; empty: none was found */
    problems: readonly string[];
    /** number of this tenant's records that this process has verified, each as often as it has */
    verified: number;
  };
}

/** A service without the background work, as in tests. */
export const UNKNOWN_CHAINS: ChainState = { of: () => ({ problems: [], verified: 0 }) };
