/**
 * What an entry of a list is about, where R4 lets it be absent. The entry goes with it, as it does where R4 requires it. Else it
 * would tell of what is gone: the role of somebody in a care team, the kind of an information on a claim, the number of another
 * claim, a note on an activity. Of several subjects all have to be gone.
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
  'ClinicalImpression.investigation.item',
  'Composition.attester.party',
  'Composition.event.detail',
  'Composition.section.focus',
  'Condition.evidence.detail',
  'Contract.term.asset.context.reference',
  'Contract.term.asset.valuedItem.entity[x]',
  'Contract.term.topic[x]',
  'DetectedIssue.evidence.detail',
  'DocumentManifest.related.ref',
  'Encounter.participant.individual',
  'ExplanationOfBenefit.payee.party',
  'ExplanationOfBenefit.related.claim',
  'ExplanationOfBenefit.supportingInfo.value[x]',
  'Immunization.reaction.detail',
  'MedicationKnowledge.monograph.source',
  'PaymentReconciliation.detail.request',
  'PaymentReconciliation.detail.response',
  'QuestionnaireResponse.item.answer.value[x]',
  'RelatedArtifact.document',
  'RelatedArtifact.resource',
  'RequestGroup.action.resource',
  'SupplyDelivery.suppliedItem.item[x]',
  'VerificationResult.attestation.who',
  'VerificationResult.primarySource.who',
]);
