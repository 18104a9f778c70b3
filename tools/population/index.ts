export { canariesOf, toldIn } from './canaries.ts';
export type { SyntheticResource } from './fhir/resource.ts';
export { published } from './published/published.ts';
export { population, type PopulationOptions } from './population.ts';
export {
  joiningMember,
  type JoiningMember,
  PREVIEW_AUDITOR,
  previewMembers,
  type PreviewMember,
} from './preview-members.ts';
