/** Rules about the codes of a claim: whether they exist, and whether they fit each other. */
import { resourceName } from '../../conformance/supported.ts';
import { keyInTables } from '@patient-access/fhir';
import { ShippedDisplays } from '@patient-access/import';
import {
  type Claim,
  type ClaimConcept,
  firstCode,
  informationOf,
  type ClaimLine,
  principalOf,
} from '../claim.ts';
import { onceForEach } from '../../once-for-each.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';
import { BILLS, CENTERS, DRGS, FREQUENCIES, ROOM } from './known-codes.ts';

const NDC = 'http://hl7.org/fhir/sid/ndc';
const ICD10CM = 'http://hl7.org/fhir/sid/icd-10-cm';
const ICD10PCS = 'http://www.cms.gov/Medicare/Coding/ICD10';
const HCPCS = 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
const PLACE = 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set';
const DRG =
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software';

/** Systems of which the product ships every code. */
const COMPLETE: ReadonlySet<string> = new Set([ICD10CM, ICD10PCS, HCPCS, PLACE, DRG]);
/** Modifiers of ambulances are put together of two letters, where from and where to, and are in no list. */
const AMBULANCE_MODIFIER = /^[DEGHIJNPRSX]{2}$/;
const FISCAL_YEAR_MONTH = 10;

const shipped = new ShippedDisplays();

/** @returns the text of a code that is shipped */
function displayOf(system: string, code: string): string | undefined {
  const key = keyInTables({ system, code });
  return key && shipped.displayOf(key);
}

function conceptsIn(value: unknown): ClaimConcept[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'coding' in value ? [value as ClaimConcept] : [];
  return [...own, ...Object.values(value).flatMap(conceptsIn)];
}

const unknownCodes = onceForEach((claim: Claim): string =>
  conceptsIn(claim)
    .flatMap(({ coding = [] }) => coding)
    .filter(
      ({ system = '', code = '' }) =>
        COMPLETE.has(system) && !displayOf(system, code) && !AMBULANCE_MODIFIER.test(code),
    )
    .map(({ code }) => `nobody knows ${code}`)
    .join('; '),
);

const wordsOf = (text = ''): string[] => text.toLowerCase().match(/[a-z]{5,}/g) ?? [];

/** The package is in the list of the FDA, and its name is that of the product of the claim. */
function drugProblem({ coding = [], text }: ClaimConcept): string[] {
  return coding.flatMap(({ system = '', code = '' }) => {
    if (system !== NDC) return [];
    const listed = displayOf(system, code);
    if (!listed) return [`no package has the number ${code}`];
    const isSame = wordsOf(listed).some((word) => wordsOf(text).includes(word));
    return isSame ? [] : [`${code} is ${listed}, not ${text}`];
  });
}

const drugProblems = ({ item }: Claim): string =>
  item
    .flatMap(({ productOrService, detail = [] }) => [
      productOrService,
      ...detail.map((one) => one.productOrService),
    ])
    .flatMap(drugProblem)
    .join('; ');

const kindOf = ({ subType }: Claim) => firstCode(subType);

/** What the last digit has to be: a claim that was replaced or taken back keeps its own. */
function frequencyOf({ related = [] }: Claim): string {
  return related.some(({ relationship }) => firstCode(relationship) === 'prior')
    ? FREQUENCIES.replacement
    : FREQUENCIES.original;
}

function billProblem(claim: Claim): string | false | undefined {
  const kind = kindOf(claim);
  const bill = firstCode(informationOf(claim, 'typeofbill')?.code);
  if (firstCode(claim.type) !== 'institutional')
    return bill !== '' && `type of bill ${bill} outside a hospital`;
  if (!BILLS[kind]?.includes(bill.slice(0, 3))) return `type of bill ${bill} for ${kind} care`;
  return bill.slice(3) !== frequencyOf(claim) && `type of bill ${bill} should end with ${frequencyOf(claim)}`;
}

function lineProblem({ revenue, productOrService, sequence }: ClaimLine, isStay: boolean): string[] {
  const center = firstCode(revenue);
  const procedure = firstCode(productOrService);
  if (center === '') return [`line ${sequence} has no revenue code`];
  if (ROOM.test(center)) return isStay ? [] : [`room and board on line ${sequence} of an outpatient`];
  const isNamed = procedure !== '' && procedure !== 'not-applicable';
  if (!isNamed) return isStay ? [] : [`line ${sequence} names no procedure`];
  return CENTERS[center.slice(0, 3)]?.test(procedure) ? [] : [`${procedure} under revenue code ${center}`];
}

function revenueProblem(claim: Claim): string | undefined {
  if (firstCode(claim.type) !== 'institutional') return undefined;
  const isStay = kindOf(claim) === 'inpatient';
  const problems = claim.item.flatMap((item) => lineProblem(item, isStay));
  const hasRoom = claim.item.some(({ revenue }) => ROOM.test(firstCode(revenue)));
  return [...problems, ...(isStay && !hasRoom ? ['a stay without a room'] : [])].join('; ');
}

const fiscalYear = (day: string): number =>
  Number(day.slice(0, 4)) + (Number(day.slice(5, 7)) >= FISCAL_YEAR_MONTH ? 1 : 0);

function drgProblem(claim: Claim): string | false | undefined {
  const drg = firstCode(informationOf(claim, 'drg')?.code);
  if (kindOf(claim) !== 'inpatient') return drg !== '' && `DRG ${drg} without a stay`;
  const known = DRGS[drg];
  if (!known) return `DRG ${drg} has no row here`;
  const year = fiscalYear(claim.billablePeriod.end);
  if (year < (known.from ?? 0) || year > (known.until ?? Infinity))
    return `DRG ${drg} is not of fiscal year ${year}`;
  return !known.diagnosis.test(principalOf(claim)) && `DRG ${drg} for ${principalOf(claim)}`;
}

/** Two claims in force with the same care of the same provider for the same person on the same day. */
function contentOf({ patient, provider, billablePeriod, item }: Claim): string {
  const lines = item.map(({ productOrService, revenue, modifier = [], detail = [] }) =>
    [productOrService, revenue, ...modifier, ...detail.map((one) => one.productOrService)]
      .map(firstCode)
      .join('+'),
  );
  return [patient.reference, provider.reference, billablePeriod.start, billablePeriod.end, ...lines].join(
    ' ',
  );
}

/** Makes a claim about other codes. */
const recoded =
  (change: (claim: Claim) => { coding?: { code?: string }[] } | undefined, code: string) =>
  (claim: Claim): Claim[] => {
    for (const coding of change(claim)?.coding ?? []) coding.code = code;
    return [claim];
  };

const isStay = (claim: Claim) => kindOf(claim) === 'inpatient';
const isOfMedicine = ({ type, item }: Claim) =>
  firstCode(type) === 'pharmacy' && item[0]?.productOrService.coding?.[0]?.system === NDC;
const billOf = (claim: Claim) => informationOf(claim, 'typeofbill')?.code;
const drgOf = (claim: Claim) => informationOf(claim, 'drg')?.code;

export const CODE_RULES: readonly ClaimRule[] = [
  {
    name: 'every code of a list that is shipped exists',
    contradictions: ofEachClaim(unknownCodes),
    faults: [
      {
        what: 'a diagnosis that is none',
        in: ({ diagnosis = [] }) => diagnosis.length > 0,
        plant: recoded(({ diagnosis = [] }) => diagnosis[0]?.diagnosisCodeableConcept, 'Z99.999'),
      },
      {
        what: 'a procedure that is none',
        in: ({ item }) => item[0]?.productOrService.coding?.[0]?.system === HCPCS,
        plant: recoded(({ item }) => item[0]?.productOrService, 'Z9999'),
      },
      { what: 'a DRG that is none', in: isStay, plant: recoded(drgOf, '999999') },
    ],
  },
  {
    name: 'a package of medicine exists, and is that medicine',
    contradictions: ofEachClaim(drugProblems),
    faults: [
      {
        what: 'a number that no package has',
        in: isOfMedicine,
        plant: recoded(({ item }) => item[0]?.productOrService, '00000101011'),
      },
      {
        what: 'another medicine of that number',
        in: isOfMedicine,
        plant: (claim) => {
          const [line] = claim.item;
          if (line) line.productOrService.text = 'Something else';
          return [claim];
        },
      },
    ],
  },
  {
    name: 'the type of bill fits the care, and what the claim is to one before it',
    contradictions: ofEachClaim(billProblem),
    faults: [
      { what: 'an outpatient’s bill for a stay', in: isStay, plant: recoded(billOf, '0131') },
      {
        what: 'a bill that replaces none',
        in: (claim) => isStay(claim) && !claim.related,
        plant: recoded(billOf, '0117'),
      },
    ],
  },
  {
    name: 'revenue codes and procedures fit each other and the bill',
    contradictions: ofEachClaim(revenueProblem),
    faults: [
      { what: 'a stay without a room', in: isStay, plant: recoded(({ item }) => item[0]?.revenue, '0450') },
      {
        what: 'a room for an outpatient',
        in: (claim) => kindOf(claim) === 'outpatient',
        plant: recoded(({ item }) => item[0]?.revenue, '0120'),
      },
      {
        what: 'a laboratory that does operations',
        in: (claim) => kindOf(claim) === 'outpatient',
        plant: recoded(({ item }) => item[0]?.revenue, '0300'),
      },
    ],
  },
  {
    name: 'a DRG is of that year, and of that diagnosis',
    contradictions: ofEachClaim(drgProblem),
    faults: [
      { what: 'a DRG of other years', in: isStay, plant: recoded(drgOf, '343') },
      {
        what: 'the DRG of a birth',
        in: (claim) => isStay(claim) && !principalOf(claim).startsWith('O'),
        plant: recoded(drgOf, '807'),
      },
    ],
  },
  {
    name: 'no two claims in force are the same',
    contradictions: ({ claims }) => {
      const inForce = claims.filter(({ status }) => status === 'active');
      return [...Map.groupBy(inForce, contentOf).values()]
        .filter(({ length }) => length > 1)
        .map((same) => `${same.map(resourceName).join(' and ')} are the same claim`);
    },
    faults: [
      { what: 'the same twice', plant: (claim) => [{ ...claim, id: `${claim.id}-again` }] },
      {
        what: 'the same under another number',
        plant: (claim) => [{ ...claim, id: `${claim.id}-again`, identifier: [{ value: '0' }] }],
      },
    ],
  },
];
