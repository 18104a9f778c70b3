/**
 * What an entry of a list is about, where R4 lets it be absent. The entry goes with it, as it does where R4 requires it. Else it
 * would tell of what is gone: the role of somebody in a care team, the kind of an information on a claim, the number of another
 * claim, a note on an activity.
 *
 * Paths of definitions of R4.
 */
export const ENTRY_SUBJECTS: ReadonlySet<string> = new Set([
  'Appointment.participant.actor',
  'CarePlan.activity.reference',
  'CareTeam.participant.member',
  'Claim.payee.party',
  'Claim.related.claim',
  'Claim.supportingInfo.value[x]',
  'ClinicalImpression.finding.itemReference',
  'Composition.attester.party',
  'DocumentManifest.related.ref',
  'Encounter.participant.individual',
  'ExplanationOfBenefit.payee.party',
  'ExplanationOfBenefit.related.claim',
  'ExplanationOfBenefit.supportingInfo.value[x]',
  'Immunization.reaction.detail',
  'SupplyDelivery.suppliedItem.item[x]',
]);
