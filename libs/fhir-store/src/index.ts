export { toAccessEvent } from './serve/access-event.ts';
export { nextLink, openCursor } from './serve/cursor-links.ts';
export { Ingest } from './ingest/ingest.ts';
export type { IngestItem, IngestResult } from './ingest/ingest-item.ts';
export { FhirServiceConfig, RecordServiceConfig } from './config.ts';
export { FIRST_DATABASE, FurtherDatabases } from './databases/setting.ts';
export { PlanPools } from './databases/plan-pools.ts';
export { ENGINE } from './serve/engine.controller.ts';
export { acceptTextBodies, fhirServiceModule } from './module.ts';
export type { PagePosition } from './sql/order-sql.ts';
export { searchPageStatement } from './sql/page-sql.ts';
export { subsetBody } from './serve/subset-body.ts';
export { queryFor } from './serve/query-for.ts';
export type { CompleteLoad, Deletion } from './ingest/deletions.ts';
export { reindex } from './ingest/reindex.ts';
export { memberRecordStatement } from './sql/related-sql.ts';
export { readRows, type RowScope, type Statement } from './sql/row-scope.ts';
export { leftOutOf, selfLink } from './serve/search-page.ts';
export { type SearchColumns, readStatement } from './sql/search-sql.ts';
export type { AllowedRequest, InteractionResult, Engine, AuditorSearch } from './serve/engine.ts';
export { storedBody } from './ingest/stored-form.ts';
export { type ExportedRecords, exportPlan, noteExported } from './ingest/export-plan.ts';
export { PlanMoves } from './ingest/tenant-lock.ts';
export { deletePlan } from './ingest/delete-plan.ts';
export { type MoveProgress, movePlan, planIsAt } from './move/move-plan.ts';
export { type Withdrawal, withdraw } from './ingest/withdrawal.ts';
export type { DisplayTable, AddedWords } from './ingest/displays.ts';
export {
  codesWithPlanDisplay,
  fillWords,
  type PlanDisplay,
  setPlanDisplays,
} from './ingest/plan-displays.ts';
export { mergePersons, unmergePersons } from './ingest/merge-persons.ts';
export { saidMerges } from './ingest/said-replacements.ts';
export { splitPersons, unsplitPersons } from './ingest/split-persons.ts';
export { applySensitiveCodes } from './ingest/relabel.ts';
export { type LabelSurvey, type ProfileSurvey, DataSurvey, type StoredResource } from './ingest/survey.ts';
export { alone, type Databases } from './ingest/storing.ts';
export type { StoredBefore } from './ingest/known.ts';
export { beginComplete, refuseComplete, stateComplete } from './ingest/complete-records.ts';
export { expectFeed, type FeedCounts, noteLoad, readFeeds } from './ingest/feed-loads.ts';
export { type JudgedFeed, judge } from './freshness/feeds.ts';
export { FRESHNESS_WITHOUT_EVENT } from './freshness/freshness.controller.ts';
