/** What audit-service says of who saw somebody's data. */

interface By {
  /** where the plan is, as `2026-05-03` */
  day: string;
  /** client id, and what the app was called */
  app: string;
  name: string;
  /** subject identifier of the login that the app acted for */
  login: string | null;
  /** how often */
  times: number;
}

/** What one app did on one day, where it was the same. */
export type Access = By &
  (
    | {
        happened: 'read';
        /** of resources; null where none was asked for */ type: string | null;
        resources: number;
      }
    | { happened: 'refused' | 'failed'; /** the reason */ what: string | null }
    /** what became of a consent: `grant`, `revoke`, `deny` … */
    | { happened: 'consent'; what: string }
  );
