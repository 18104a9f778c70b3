export {
  GATEWAY_CLIENT_ID,
  INTROSPECTION_JWT_TYPE,
  isBackendService,
  KEY_CACHE_SECONDS,
  MAX_SLOW_MILLISECONDS,
  openedMember,
  part2ReleaseOf,
  personReference,
  TokenClaims,
} from './claims.ts';
export {
  type AccessRequest,
  type AccessDecision,
  decide,
  ALL_MEMBERS,
  type Interaction,
  neededScope,
  NO_MEMBER,
  type DenialReason,
} from './decision.ts';
export { type Proof, PROOF_ALGORITHMS, PROOF_WINDOW_SECONDS, readProof } from './proof.ts';
export {
  coversType,
  formatScope,
  isAboutResources,
  MAX_RESOURCE_SCOPE_CHARACTERS,
  parseResourceScope,
  type Permission,
  type ResourceScope,
  resourceScopes,
  splitScope,
} from './scope.ts';
export { covers, mergeScopes } from './scope-set.ts';
export { decodeUnreserved } from './unreserved.ts';
