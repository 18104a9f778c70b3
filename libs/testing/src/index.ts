export { type Answer, ask, type RequestOptions } from './ask.ts';
export { dataDirectory, reachableTemporary } from './binaries.ts';
export { canRunChromium, launchChromium } from './chromium.ts';
export { concept, condition, observation, practitioner } from './members.ts';
export { freePort, isFree } from './ports.ts';
export { adminUrl, type Postgres, startPostgres } from './postgres.ts';
export { newProofKey, type ProofChange, type ProofKey } from './proof-key.ts';
export { startTokenIssuer, type StatementChange, type TokenIssuer } from './token-issuer.ts';
export { waitUntil } from './wait-until.ts';
