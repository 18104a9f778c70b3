export { fillTenantTables, rowsOfTenant, tenantTables } from './any-rows.ts';
export { type Answer, ask, type RequestOptions } from './ask.ts';
export { dataDirectory, reachableTemporary } from './binaries.ts';
export { type KeyPair, makeAuthority, makeCertificate } from './certificates.ts';
export { canRunChromium, launchChromium } from './chromium.ts';
export { COMPILE_CACHE } from './compile-cache.ts';
export { isThorough } from './config.ts';
export { concept, condition, observation, practitioner } from './members.ts';
export type { BrowserEngine, Tab } from './engines/engine.ts';
export { canRun, type EngineName, startEngine } from './engines.ts';
export {
  type Ending,
  type EndedRequest,
  endInEachWay,
  STRANGERS_ENDINGS,
  type TestedRoute,
  unaccountedFor,
} from './endings.ts';
export { endProcess, isProcess } from './end-process.ts';
export { explainRun } from './explain-run.ts';
export { newEventKey } from './event-key.ts';
export { ownEvents } from './own-events.ts';
export { commandsOf, inlineCommandsOf } from './page-commands.ts';
export { keepScreenshot, pageProblems } from './page-check.ts';
export { startFilledPostgres } from './filled.ts';
export { installedPostgres, namedPostgres, OLDEST_POSTGRES } from './installed-postgres.ts';
export { portOfAnother } from './port-of-another.ts';
export { freePort, isFree, listenError, takePort } from './ports.ts';
export { canRunPooler, type Pooler, startPooler } from './pooler.ts';
export { adminUrl, type Postgres, startPostgres } from './postgres.ts';
export { newProofKey, type ProofChange, type ProofKey } from './proof-key.ts';
export { requestsEnded } from './requests-under-way.ts';
export { collectRoutes } from './routes.ts';
export { runningClock } from './running-clock.ts';
export { setClockBack } from './set-clock-back.ts';
export { seededRandom, type SeededRandom } from './seeded-random.ts';
export { startTokenIssuer, type IntrospectionJwtChange, type TokenIssuer } from './token-issuer.ts';
export { tries } from './thorough.ts';
export { type CollectedSpan, startTraceCollector, type TraceCollector } from './trace-collector.ts';
export { waitUntil } from './wait-until.ts';
