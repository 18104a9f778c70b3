/**
 * POST of consent facts from auth-service to coverage-service, one signed line each (`signFact` of libs/events): 204
 * when all are stored.
 */
export const CONSENT_FACTS_PATH = '/internal/consents';

/** The most that one such POST may hold: hundreds of facts. One fact has some hundred bytes, and its scope a few thousand. */
export const MAX_CONSENT_FACTS_BYTES = 1024 * 1024;
