import type { Fill, Prescription } from '../care/prescriptions.ts';
import { copayFor } from '../coverage/drug-costs.ts';
import { spanOn } from '../coverage/enrollment.ts';
import { isoDate } from '../fhir/dates.ts';
import { coded, worded } from '../fhir/resource.ts';
import { carinSystem, hl7, NDC } from '../fhir/systems.ts';
import { isInNetwork } from '../reference/facility.ts';
import { memberReference, type Scope } from '../scope.ts';
import type { Decision } from './adjudication.ts';
import { adjustmentEntries, statusEntries } from './amounts.ts';
import type { AdjudicatedItem, ClaimFacts } from './explanation.ts';
import type { Ledger } from './ledger.ts';
import { claimType, information, receivedOn, ROLE, teamMember } from './parts.ts';
import { REJECT_REASONS } from './refusals.ts';

const REJECTED = coded(carinSystem('C4BBAdjudicationDiscriminator'), 'rejectreason', 'Reject Reason');

const COMPOUNDED = coded(carinSystem('C4BBCompoundLiteral'), 'compound', 'compound');

/** Pharmacy's claim for one fill. */
export function pharmacyClaim(
  scope: Scope,
  prescription: Prescription,
  fill: Fill,
  ledger: Ledger,
): ClaimFacts {
  const { drug, pharmacy, diagnosis, corrected } = prescription;
  const { plan } = spanOn(scope.enrollment, 'medical', fill.day);
  const inNetwork = isInNetwork(pharmacy, plan, fill.day);
  return {
    key: `fill/${prescription.key}/${fill.number}`,
    profile: 'ExplanationOfBenefit-Pharmacy',
    type: claimType('pharmacy', 'Pharmacy'),
    line: 'medical',
    startDay: fill.day,
    endDay: fill.day,
    provider: pharmacy.organization,
    facility: pharmacy.location,
    prescription: memberReference(scope, 'MedicationRequest', prescription.key, drug.name),
    inNetwork,
    isAtCounter: true,
    careTeam: [teamMember(1, prescription.prescriber, ROLE.prescribing)],
    supportingInfo: dispensing(scope, prescription, fill),
    diagnosis: [],
    items: [itemOf(scope, prescription, fill, ledger)],
    headerStatuses: statusEntries(inNetwork, 'billingnetworkstatus', 'benefitpaymentstatus'),
    ...(corrected && { corrected }),
    ...(diagnosis.sensitivity && { sensitivity: diagnosis.sensitivity }),
  };
}

const NO_COMPOUND = worded(hl7('NCPDPCompoundCode'), '1', 'Not a compound');
const COMPOUND = worded(hl7('NCPDPCompoundCode'), '2', 'Compound');

/** Codes of the NCPDP, with our own words. */
function dispensing(scope: Scope, { drug, refillsAuthorized, compound }: Prescription, fill: Fill): object[] {
  const brand: readonly [string, string] = drug.brand ? ['1', 'Brand'] : ['2', 'Generic'];
  const count = (value: number) => ({ valueQuantity: { value } });
  return [
    information('dayssupply', 'Days Supply', { valueQuantity: { value: drug.daysSupply, unit: 'days' } }),
    information('dawcode', 'DAW (Dispense As Written) Code', {
      code: worded(hl7('NCPDPDispensedAsWrittenOrProductSelectionCode'), '0', 'Substitution allowed'),
    }),
    information('refillnum', 'Refill Number', count(fill.number)),
    information('refillsauthorized', 'Refills Authorized', count(refillsAuthorized)),
    information('brandgenericindicator', 'Brand Generic Indicator', {
      code: worded(hl7('NCPDPBrandGenericIndicator'), ...brand),
    }),
    information('rxorigincode', 'Rx Origin Code', {
      code: worded(hl7('NCPDPPrescriptionOriginCode'), '3', 'Sent electronically'),
    }),
    information('compoundcode', 'Compound Code', {
      code: compound ? COMPOUND : NO_COMPOUND,
    }),
    receivedOn(scope, fill.day),
  ];
}

/** A fill out of network is paid in part, and no counter rejects it. */
const rejectionOf =
  ({ rejected }: Fill) =>
  (amounts: Decision): object[] => {
    if (rejected) return [{ category: REJECTED, reason: REJECT_REASONS[rejected] }];
    return amounts.refusal ? adjustmentEntries(amounts) : [];
  };

/** Who wants more than the plan allows asks for twice as much as usual. */
const timesOf = ({ rejected }: Fill): number => (rejected === 'overQuantity' ? 2 : 1);

function itemOf(
  scope: Scope,
  { drug, pharmacy, compound }: Prescription,
  fill: Fill,
  ledger: Ledger,
): AdjudicatedItem {
  const { plan } = spanOn(scope.enrollment, 'medical', fill.day);
  const copayCents = copayFor(plan, drug, pharmacy);
  const { rejected } = fill;
  const amounts = ledger(
    {
      submittedCents: drug.priceCents * timesOf(fill),
      isAtCounter: true,
      ...(copayCents !== undefined && { copayCents }),
      ...(rejected && { isDenied: true, refusal: rejected }),
    },
    'medical',
    fill.day,
    isInNetwork(pharmacy, plan, fill.day),
  );
  const product = worded(NDC, drug.ndc, drug.name);
  const quantity = { value: drug.quantity * timesOf(fill), unit: drug.unit };
  return {
    item: {
      careTeamSequence: [1],
      productOrService: compound ? COMPOUNDED : product,
      servicedDate: isoDate(fill.day),
      quantity,
      ...(compound && { detail: [{ sequence: 1, productOrService: product, quantity }] }),
    },
    statuses: rejectionOf(fill),
    amounts,
  };
}
