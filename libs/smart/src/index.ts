export { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, isBackendService, TokenClaims } from './claims.ts';
export {
  type AccessRequest,
  type Decision,
  decide,
  type Interaction,
  NOBODY,
  type RefusalReason,
} from './decision.ts';
export {
  NON_RESOURCE_SCOPES,
  parseResourceScope,
  type Permission,
  type ResourceScope,
  resourceScopes,
  splitScope,
} from './scope.ts';
