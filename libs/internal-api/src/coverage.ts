/**
 * POST of consent facts from auth-service to coverage-service, one signed line each (`signFact` of libs/events): 204
 * when all are stored.
 */
export const CONSENT_FACTS_PATH = '/internal/consents';
