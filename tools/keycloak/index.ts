export { KeycloakAdmin } from './admin.ts';
export { chooseByEmailDomain, createBroker, LINE_CLAIM, LINES } from './broker.ts';
export { createPerson, createPlanRealm, MEMBER_NUMBER, type PlanRealm } from './realm.ts';
export { type RunningKeycloak, startKeycloak } from './server.ts';
