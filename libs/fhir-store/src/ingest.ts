export { Ingest } from './ingest/ingest.ts';
export type { IngestItem, IngestResult } from './ingest/ingest-item.ts';
export { FIRST_DATABASE, FurtherDatabases } from './databases/setting.ts';
export { PlanPools } from './databases/plan-pools.ts';
export { clockOf, type CompleteLoad, type Missing } from './ingest/complete-load.ts';
export type { Deletion } from './ingest/deletions.ts';
export { reindex } from './ingest/reindex.ts';
export { formAnew } from './ingest/form-anew.ts';
export { storedBody } from './ingest/stored-form.ts';
export { type ExportedRecords, exportPlan, noteExported } from './ingest/export-plan.ts';
export { PlanDeleted, PlanMoves } from './ingest/tenant-lock.ts';
export { hasPlan } from './ingest/has-plan.ts';
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
export { listSaidMerges, saidMerges } from './ingest/said-replacements.ts';
export { splitPersons, unsplitPersons } from './ingest/split-persons.ts';
export { applySensitiveCodes } from './ingest/relabel.ts';
export { type LabelSurvey, type ProfileSurvey, DataSurvey, type StoredResource } from './ingest/survey.ts';
export { alone, type Databases } from './ingest/storing.ts';
export { isSentAs, isStored, type StoredBefore } from './ingest/known.ts';
export { beginComplete, refuseComplete, stateComplete } from './ingest/complete-records.ts';
export { expectFeed, type FeedCounts, noteLoad, readFeeds } from './ingest/feed-loads.ts';
export { type JudgedFeed, judge } from './freshness/feeds.ts';
