export { KeycloakAdmin } from './admin.ts';
export { createPerson, createPlanRealm, MEMBER_NUMBER, type PlanRealm } from './realm.ts';
export { type RunningKeycloak, startKeycloak } from './server.ts';
