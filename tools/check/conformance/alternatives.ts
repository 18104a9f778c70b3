/** Must-supports that the guides ask for in place of one another, in words that no profile has. */
import type { Need, ProfileNeeds } from './guide-list.ts';

interface Alternative {
  /** the end of the profile's canonical */
  profile: RegExp;
  /** the need, as its ElementDefinition.id and type */
  id: RegExp;
  /** the element that has to be there instead; none: the reason is enough */
  instead?: string;
  reason: string;
}

const SINGLE_VALUES =
  /respiratory-rate|heart-rate|body-(height|weight|temperature)|bmi|head-circumference|percentile|weight-for-height/;
const VITAL_SIGNS = new RegExp(`${SINGLE_VALUES.source}|vital-signs|blood-pressure|pulse-oximetry`);

const ALTERNATIVES: readonly Alternative[] = [
  {
    profile: /blood-pressure$/,
    id: /^(value\[x\]|dataAbsentReason)/,
    instead: 'component:systolic.value[x]',
    reason: 'US Core: a blood pressure has its values in components',
  },
  {
    profile: SINGLE_VALUES,
    id: /^component(\.(code|value\[x\]|dataAbsentReason))?$/,
    reason: 'US Core: only vital signs with components have them (blood pressure, pulse oximetry)',
  },
  {
    profile: VITAL_SIGNS,
    id: /dataAbsentReason$/,
    instead: 'value[x]',
    reason: 'US Core: a reason stands where there is no value',
  },
  {
    profile: /screening-assessment$/,
    id: /^dataAbsentReason$/,
    instead: 'value[x]',
    reason: 'US Core: a reason stands where there is no value',
  },
  {
    profile: /documentreference$/,
    id: /^content\.attachment\.data$/,
    instead: 'content.attachment.url',
    reason: 'US Core: servers SHALL support at least one of data and url',
  },
  {
    profile: /medicationrequest$/,
    id: /^reported\[x\]$/,
    instead: 'reportedBoolean',
    reason: 'US Core: servers SHALL support at least one of boolean and reference',
  },
  {
    profile: /(medicationrequest|encounter)$/,
    id: /^reasonReference$/,
    instead: 'reasonCode',
    reason: 'US Core: servers SHALL support at least one of code and reference',
  },
  {
    profile: /(us-core|pdex)-medicationdispense$/,
    id: /^performer\.actor$/,
    instead: 'performer.actor',
    reason: 'US Core: a pharmacy, where the person is not known',
  },
  {
    profile: /pdex-provenance$/,
    id: /^agent:ProvenanceAuthor\.who$/,
    instead: 'agent:ProvenanceAuthor.who',
    reason: 'PDex: an organization, or a practitioner where there is none',
  },
];

/** @returns for a need that is not there: what has to be there instead, an empty text for nothing; or undefined */
export function insteadOf({ url }: ProfileNeeds, { id }: Need): string | undefined {
  const found = ALTERNATIVES.find((each) => each.profile.test(url) && each.id.test(id));
  return found && (found.instead ?? '');
}
