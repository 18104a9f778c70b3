export { KeycloakAdmin } from './admin.ts';
export { createPerson, createPlanRealm, MEMBER_NUMBER, type PlanRealm } from './realm.ts';
export { createSamlBroker, SAML_REALM } from './saml-broker.ts';
export { type RunningKeycloak, startKeycloak } from './server.ts';
