/** POST of consent facts, one signed line each (`signFact` of libs/events), from auth-service to coverage-service: 204 when all are stored. */
export const CONSENT_FACTS_PATH = '/internal/consents';
