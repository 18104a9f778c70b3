/**
 * What an expert knows about the codes of hospitals' claims. The texts of the NUBC, X12 and CMS are not repeated. A code
 * that has no row is a finding: a row for it belongs here.
 */

/** Types of bill for each kind of hospital's claim, without the leading zero and the frequency. */
export const BILLS: Readonly<Record<string, readonly string[]>> = {
  inpatient: ['011', '021'],
  outpatient: ['013', '014', '085'],
};

/** The last digit of a type of bill: what the claim is to one before it. */
export const FREQUENCIES = { original: '1', replacement: '7', voided: '8' } as const;

/** Centers of a hospital, by the first three digits of the revenue code, with procedures that are done there. */
export const CENTERS: Readonly<Record<string, RegExp>> = {
  '025': /^[JQ]\d{4}$/,
  '027': /^(A4\d{3}|Q40\d\d)$/,
  '030': /^(G0306|G0480)$/,
  '032': /^G0(279|297)$/,
  '033': /^(G0498|J9\d{3}|Q0083)$/,
  '036': /^C\d{4}$/,
  '037': /^G0500$/,
  '040': /^G0(202|279)$/,
  '045': /^G038\d$/,
  '051': /^G0463$/,
  '061': /^S80(37|42)$/,
  '063': /^[JQ]\d{4}$/,
  '072': /^S\d{4}$/,
  '075': /^G01(05|21)$/,
  '094': /^G04(22|23|24)$/,
};

/** Room and board: a stay has it, and nothing else. */
export const ROOM = /^0(1[0-9]|20|21)/;

/** A fiscal year of Medicare begins in October of the year before it. */
interface Drg {
  /** chapters of ICD-10-CM that lead to it */
  diagnosis: RegExp;
  /** the first fiscal year that had it; none: all years of the preview */
  from?: number;
  /** the last fiscal year that had it */
  until?: number;
}

export const DRGS: Readonly<Record<string, Drg>> = {
  '194': { diagnosis: /^J(1[0-8]|20)/ },
  '208': { diagnosis: /^J/ },
  '244': { diagnosis: /^(I|Q2)/ },
  '280': { diagnosis: /^I21/ },
  '281': { diagnosis: /^I21/ },
  '291': { diagnosis: /^I(11|13|50)/ },
  '331': { diagnosis: /^(C1[89]|K)/ },
  '343': { diagnosis: /^K3[5-8]/, until: 2023 },
  '399': { diagnosis: /^K3[5-8]/, from: 2024 },
  '470': { diagnosis: /^(M1[67]|S72)/ },
  '582': { diagnosis: /^C50/ },
  '583': { diagnosis: /^C50/ },
  '795': { diagnosis: /^Z38/ },
  '806': { diagnosis: /^O/ },
  '807': { diagnosis: /^O/ },
  '847': { diagnosis: /^Z51\.1/ },
  '897': { diagnosis: /^F1/ },
  '945': { diagnosis: /^(I69|Z|S)/ },
  '946': { diagnosis: /^(I69|Z|S)/ },
};

/** Whom a diagnosis can be of, as payers' editors of claims ask; ages in years. */
export const DIAGNOSIS_OF: readonly { codes: RegExp; gender?: string; from?: number; to?: number }[] = [
  { codes: /^(O|Z3[2-9])/, gender: 'female', from: 9, to: 64 },
  { codes: /^(P|Z38)/, to: 0 },
  { codes: /^Z00\.0/, from: 15 },
  { codes: /^Z00\.12/, to: 17 },
  { codes: /^Z12\.11/, from: 45 },
  { codes: /^(C5[1-8]|N[789]\d|Z12\.4)/, gender: 'female' },
  { codes: /^(C6[0-3]|N4[0-9]|Z12\.5)/, gender: 'male' },
  { codes: /^(I|E11|H25|M1[67])/, from: 15 },
  { codes: /^F(10|11|32)/, from: 12 },
];

/** Whom a procedure can be done to; ages in years. */
export const PROCEDURE_OF: readonly { codes: RegExp; gender?: string; from?: number; to?: number }[] = [
  { codes: /^D1110$/, from: 14 },
  { codes: /^D1120$/, to: 13 },
  { codes: /^S0302$/, to: 20 },
  { codes: /^G0(438|439|444)$/, from: 18 },
  { codes: /^G01(05|21)$/, from: 45 },
  { codes: /^(59|G0101)/, gender: 'female' },
];

/** States in which a stay can end: patient discharge status of the NUBC. */
export const DISCHARGES: Readonly<Record<string, 'home' | 'transfer' | 'death'>> = {
  '01': 'home',
  '02': 'transfer',
  '03': 'transfer',
  '06': 'home',
  '20': 'death',
  '62': 'transfer',
};
