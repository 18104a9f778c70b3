/**
 * Why a plan did not pay, in words of our own. The codes are those of X12 and NCPDP; their texts are not repeated here.
 */
import { CLAIM_ADJUSTMENT } from './reason-words/claim-adjustment.ts';
import { DECISION_REASONS } from './reason-words/decision.ts';
import { PHARMACY_REJECT } from './reason-words/pharmacy-reject.ts';
import type { ReasonWords } from './reason-words/shared.ts';
import { bilingual, type Sentence } from './sentence.ts';

/** Reasons for a part that nobody refuses: what members pay by their plan, contracted rates, what others have paid. */
const NO_REFUSALS = ['1', '2', '3', '23', '24', '45', '131', '253'];

interface ReasonCodes {
  /** what kind of code it is, for a code without words */
  kind: Sentence;
  words?: ReasonWords;
  noRefusals?: readonly string[];
}

const X12_KIND = bilingual('claim adjustment reason', 'motivo de ajuste de la reclamación');

/** The systems of CARIN Blue Button and PDex for the reasons of a plan. */
export const REASON_SYSTEMS: Readonly<Record<string, ReasonCodes>> = {
  'https://x12.org/codes/claim-adjustment-reason-codes': {
    kind: X12_KIND,
    words: CLAIM_ADJUSTMENT,
    noRefusals: NO_REFUSALS,
  },
  'https://x12.org/codes/remittance-advice-remark-codes': {
    kind: bilingual('remittance advice remark', 'observación del aviso de pago'),
  },
  'http://terminology.hl7.org/CodeSystem/NCPDPRejectCode': {
    kind: bilingual('pharmacy reject code', 'código de rechazo de farmacia'),
    words: PHARMACY_REJECT,
  },
  'https://codesystem.x12.org/external/886': {
    kind: bilingual('decision reason', 'motivo de la decisión'),
    words: DECISION_REASONS,
  },
};
