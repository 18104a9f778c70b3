export { Ingest } from './ingest/ingest.ts';
export type { IngestItem, IngestResult } from './ingest/ingest-item.ts';
export type { Batch } from './ingest/prepared.ts';
export { FIRST_DATABASE, FurtherDatabases } from './databases/setting.ts';
export { PlanPools } from './databases/plan-pools.ts';
export { clockOf, type CompleteLoad, type Missing } from './ingest/loads/complete-load.ts';
export type { Deletion } from './ingest/loads/deletions.ts';
export { reindex, type ReindexPosition } from './ingest/reindex.ts';
export { noteBegun } from './ingest/plans/note-begun.ts';
export { formAnew } from './ingest/form-anew.ts';
export { storedBody } from './ingest/rows/stored-form.ts';
export { type ExportedRecords, exportPlan, noteExported } from './ingest/plans/export-plan.ts';
export { PlanDeleted, PlanMoves } from './ingest/turns/tenant-lock.ts';
export { hasPlan } from './ingest/plans/has-plan.ts';
export { deletePlan } from './ingest/plans/delete-plan.ts';
export { type MoveProgress, movePlan, planIsAt } from './move/move-plan.ts';
export { type Withdrawal, withdraw } from './ingest/persons/withdrawal.ts';
export type { DisplayTable, AddedWords } from './ingest/labels/displays.ts';
export {
  codesWithPlanDisplay,
  countDisplays,
  fillWords,
  type PlanDisplay,
  setPlanDisplays,
} from './ingest/labels/plan-displays.ts';
export { mergePersons, unmergePersons } from './ingest/persons/merge-persons.ts';
export { listSaidMerges, saidMerges } from './ingest/persons/said-replacements.ts';
export { splitPersons, unsplitPersons } from './ingest/persons/split-persons.ts';
export { applySensitiveCodes } from './ingest/labels/relabel.ts';
export { setSensitiveCodes } from './ingest/labels/set-codes.ts';
export { type LabelSurvey, type ProfileSurvey, DataSurvey, type StoredResource } from './ingest/survey.ts';
export { alone, type Databases, openLeft } from './ingest/turns/storing.ts';
export { isSentAs, isStored, type StoredBefore } from './ingest/known.ts';
export { beginComplete, refuseComplete, stateComplete } from './ingest/loads/complete-records.ts';
export { expectFeed, type FeedCounts, noteLoad, readFeeds } from './ingest/loads/feed-loads.ts';
export { type JudgedFeed, judge } from './freshness/feeds.ts';
