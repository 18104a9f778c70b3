/** A scorecard that has nothing but what one app asked for last. */
import type { Scorecard } from '@patient-access/internal-api';

const NONE = { answered: 0, refused: 0, failed: 0, shareNotFailed: null };

export type LastReadsOfApp = Scorecard['apps'][number]['lastReads'];

export const scorecardWith = (
  client: string,
  lastReads: LastReadsOfApp,
  countedUntil = new Date().toISOString(),
): Scorecard => ({
  tenant: 'northwind',
  from: '2026-11-26',
  to: '2026-11-26',
  countedUntil,
  authorizations: {
    ended: 0,
    succeeded: 0,
    share: null,
    stopped: { atRequest: 0, atConsent: 0, afterConsent: 0 },
    failedLogins: [],
  },
  refreshes: { succeeded: 0, refused: 0, share: null },
  firstData: { agreed: 0, reached: 0, medianSeconds: null, ninetyPercentSeconds: null },
  requests: NONE,
  apps: [{ client, requests: NONE, errors: [], lastReads }],
});
