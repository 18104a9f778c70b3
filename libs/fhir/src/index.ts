export { localContent, withAbsoluteAttachments } from './attachments.ts';
export { basePath, FHIR_PATH, FHIR_PATHS, fhirBase, TENANT_ID } from './base.ts';
export { historyBundle, type BundlePage, type BodyChunks, searchBundle, searchEntry } from './bundle.ts';
export { publicationCapabilities } from './publication-capabilities.ts';
export { capabilityStatement, type Endpoints, type PlanContact, type Release } from './capability.ts';
export { dateSpan, parseInstant, saysNoDate } from './dates.ts';
export {
  commonParameters,
  type ConsentKind,
  type Definition,
  isReferenceData,
  mayBePlans,
  namesMember,
  type Owner,
  type SearchKind,
  type SearchParameter,
} from './definition.ts';
export {
  answersWithOne,
  computedFrom,
  definitions,
  MEMBER_TYPE,
  ownersOf,
  servedTypes,
  typesGivenBy,
} from './definitions.ts';
export { around, compileInvariant } from './fhirpath/compile.ts';
export { accepts, acceptsFhirJson, isFhirJson, isFormat, wantedRanges } from './format.ts';
export {
  DEFAULT_GUIDE_SET,
  GUIDE_SETS,
  guideNamesIn,
  type GuideSet,
  guideSetNamedBy,
  profilesIn,
} from './guides/guide-sets.ts';
export { serverLeftOut } from './definitions/left-out.ts';
export { fold, type IndexRow, indexRows, ATTACHED } from './index-rows.ts';
export { type FhirInteraction, interactionOf, refusalForEverybody } from './interaction.ts';
export {
  type Compartment,
  compartmentOf,
  checkReferenceData,
  CompartmentError,
  isMemberData,
} from './compartment.ts';
export {
  ERROR_ENTRIES,
  type ErrorCode,
  type ErrorEntry,
  errorHelp,
  errorOfStatus,
  ERRORS,
  ERRORS_PATH,
} from './errors.ts';
export { type CodeKey, keyInTables, systemInTables } from './displays/code-key.ts';
export { codesWithoutDisplay, type DisplayOf, withDisplays } from './displays/displays.ts';
export type { NarrativeOptions } from './narrative/written/sentence.ts';
export { withNarrative } from './narrative/written/write.ts';
export { BENEFIT_BALANCE, benefitBalanceDefinition } from './definitions/benefit-balance.ts';
export { nearestName } from './nearest-name.ts';
export { OAUTH_ERRORS, type OAuthErrorCode, oauthText } from './oauth-errors.ts';
export {
  contentEncoded,
  cursorInvalid,
  forbidden,
  gone,
  hostUnknown,
  internalError,
  invalid,
  loginRequired,
  methodNotAllowed,
  notAcceptable,
  noSuchAddress,
  noSuchPath,
  notFound,
  notSupported,
  OperationError,
  oauthErrorBody,
  operationOutcome,
  otherMember,
  throttled,
  urlTooLong,
  proofInvalid,
  tokenInvalid,
  searchTooCostly,
  chainTooCostly,
  tooCostly,
  unavailable,
  unsupportedMediaType,
} from './outcome.ts';
export { expectedIfPublished, expectedInSet } from './profile/expected.ts';
export type { KnownCodes } from './profile/known-codes.ts';
export { type ProfileResult, ProfileValidator, withProfiles } from './profile/validator.ts';
export type { ProfileFinding } from './profile/finding.ts';
export { r4FactsAt } from './profile/r4-facts.ts';
export type { UncheckedRule } from './profile/rules.ts';
export {
  isPart2Notice,
  PART2_HEADER,
  PART2_STATEMENT,
  part2Entry,
  part2Header,
  type Part2Release,
  withPart2Meta,
} from './part2-notice.ts';
export type { PackageResource } from './profile/definitions.ts';
export { parseRelatedRequest, relatedRequests, type RelatedRequest, type ReverseRequest } from './related.ts';
export { type Identified, identifiedBy, parseConditional } from './conditional-reference.ts';
export { type ReferenceAt, referencesOf } from './references.ts';
export { repeatedName } from './repeated-name.ts';
export { isId, parseReference, parseResource, type Resource, type Target } from './resource.ts';
export { parseRestriction } from './restriction.ts';
export { leftOutEntry } from './left-out.ts';
export {
  labeller,
  type ListLabels,
  type SensitiveCodes,
  sizeOfList,
  withLabels,
  withoutLabels,
} from './sensitive-codes.ts';
export {
  categoryOfLabel,
  SENSITIVE_CATEGORIES,
  type SensitiveCategory,
  sensitivityLabels,
  WHOLE_RECORD,
} from './sensitivity.ts';
export { type LinkedAnswers, linkedKey, type LinkedQuestion } from './linked-chains.ts';
export { type Clause, parseSearch, type ParsedSearch } from './search.ts';
export { withCleanNarratives, withNoNarrative } from './narrative/narratives.ts';
export { type Includes, parseIncludes } from './search-include.ts';
export {
  type ResultParameters,
  DEFAULT_COUNT,
  MAX_COUNT,
  parseResultParameters,
  type SortKey,
} from './result-parameters.ts';
export type { Match, Prefix } from './search-values.ts';
export { type StructureError, structureErrors } from './structure/structure.ts';
export { type Subset, subsetOf } from './subset.ts';
export { advance, within } from './withholding/advance.ts';
export {
  type Audience,
  beyond,
  both,
  isSameAudience,
  needing,
  withoutExclusion,
} from './withholding/audience.ts';
export {
  alternativesOf,
  type Alternatives,
  type Conditional,
  conjunction,
  type Form,
  formsOf,
} from './withholding/forms.ts';
export { localTargets } from './withholding/local-reference.ts';
export { resourceShape, type Shape } from './structure/shape.ts';
export {
  planOf,
  type Publication,
  PUBLICATIONS,
  publicationOf,
  publications,
  type PublicationName,
  publicationTenant,
} from './publications.ts';
export { rateLimitHeaders, type ShownQuota } from './rate-limit-headers.ts';
