import type { YearlyLimit } from '../coverage/benefits.ts';
import { CDT, HCPCS } from '../fhir/systems.ts';

/** What a provider bills: a code of HCPCS level II or CDT, in our own words, at the provider's list price. */
export interface Service {
  system: string;
  code: string;
  text: string;
  priceCents: number;
  /** Preventive care: no deductible, copay or coinsurance. */
  preventive?: boolean;
  /** A visit with the clinician: a copay instead of deductible and coinsurance. */
  visit?: 'primary' | 'specialist';
  revenue?: string;
  /** The plan pays for so much in a year at most. */
  limit?: YearlyLimit;
  /** HCPCS modifier, and what it says in our own words. */
  modifier?: readonly [string, string];
}

const hcpcs = (code: string, text: string, dollars: number, more: Partial<Service> = {}): Service => ({
  system: HCPCS,
  code,
  text,
  priceCents: dollars * 100,
  ...more,
});
const cdt = (code: string, text: string, dollars: number, more: Partial<Service> = {}): Service => ({
  system: CDT,
  code,
  text,
  priceCents: dollars * 100,
  ...more,
});

export const SERVICES = {
  wellness: hcpcs('G0439', 'Yearly wellness visit', 245, { preventive: true }),
  childWellness: hcpcs('S0302', 'Well child screening visit', 195, { preventive: true }),
  office: hcpcs('T1015', 'Clinic visit', 168, { visit: 'primary' }),
  specialist: hcpcs('T1015', 'Specialist clinic visit', 286, { visit: 'specialist' }),
  bloodCount: hcpcs('G0306', 'Blood count, automated', 48),
  flu: hcpcs('G0008', 'Giving the influenza vaccine', 39, { preventive: true }),
  depressionScreen: hcpcs('G0444', 'Yearly depression screening', 52, { preventive: true }),
  counselling: hcpcs('H0004', 'Behavioral health counseling', 148),
  substanceAssessment: hcpcs('H0001', 'Alcohol and drug assessment', 210),
  drugTest: hcpcs('G0480', 'Drug test, definitive', 126),
  homeTherapy: hcpcs('S9131', 'Physical therapy at home, one day', 132, {
    limit: 'therapy',
    modifier: ['GP', 'Under a plan of physical therapy'],
  }),
  homeNursing: hcpcs('S9123', 'Nursing at home by a registered nurse, one hour', 86),
  evaluation: hcpcs('G0463', 'Hospital outpatient clinic visit', 325, { revenue: '0510' }),
  colonoscopy: hcpcs('G0121', 'Screening colonoscopy', 1_640, { revenue: '0750', preventive: true }),
  sedation: hcpcs('G0500', 'Moderate sedation', 215, { revenue: '0370', preventive: true }),
  imaging: hcpcs('S8042', 'Magnetic resonance imaging, low field', 960, { revenue: '0610' }),
  emergency: hcpcs('G0383', 'Emergency department visit', 1_180, { revenue: '0450' }),
  emergencyDrug: hcpcs('J1644', 'Heparin injection', 64, { revenue: '0250' }),
  cast: hcpcs('Q4010', 'Cast of the forearm', 86, { revenue: '0270' }),
  cardiacRehabilitation: hcpcs('G0422', 'Cardiac rehabilitation, one session', 245, { revenue: '0943' }),
  infusion: hcpcs('G0498', 'Chemotherapy infusion with a pump for home', 690, { revenue: '0335' }),
  oxaliplatin: hcpcs('J9263', 'Oxaliplatin injection', 1_260, { revenue: '0636' }),
  prenatal: hcpcs('T1015', 'Prenatal visit', 182, { visit: 'specialist' }),
  supplies: hcpcs('A4550', 'Surgical tray', 74, { revenue: '0270' }),
  eyeExam: hcpcs('S0621', 'Routine eye examination with refraction', 118, { visit: 'primary' }),
  frames: hcpcs('V2020', 'Eyeglass frames', 165, { limit: 'glasses' }),
  lenses: hcpcs('V2100', 'Single vision lens', 84, { limit: 'glasses' }),
  ambulance: hcpcs('A0429', 'Ambulance, basic life support, emergency', 865, {
    modifier: ['RH', 'From home to hospital'],
  }),
  ambulanceMiles: hcpcs('A0425', 'Ambulance, ground miles', 92, {
    modifier: ['RH', 'From home to hospital'],
  }),
  ankleImaging: hcpcs('S8042', 'Magnetic resonance imaging of the right ankle', 960, {
    revenue: '0610',
    modifier: ['RT', 'Right side'],
  }),
  crown: cdt('D2740', 'Ceramic crown', 1_180, { modifier: ['KX', 'Requirements of the policy are met'] }),
  oralExam: cdt('D0120', 'Routine dental check', 62, { preventive: true }),
  cleaning: cdt('D1110', 'Adult teeth cleaning', 118, { preventive: true }),
  childCleaning: cdt('D1120', 'Child teeth cleaning', 82, { preventive: true }),
  bitewings: cdt('D0274', 'Four dental X-ray pictures', 76, { preventive: true }),
  rootCanal: cdt('D3330', 'Root canal treatment of a molar', 1_240),
  filling: cdt('D2391', 'Tooth-colored filling, one surface, back tooth', 226),
} satisfies Record<string, Service>;

/** What a hospital bills per line of an inpatient stay: a revenue code of the NUBC, in our own words. */
export interface StayLine {
  revenue: string;
  text: string;
  priceCents: number;
  perDay: boolean;
  /** HCPCS code and modifier of the line, each with our own words, where the hospital gives them. */
  procedure?: { code: readonly [string, string]; modifier: readonly [string, string] };
}

export const STAY_LINES: readonly StayLine[] = [
  { revenue: '0120', text: 'Room and board, semi-private', priceCents: 285_000, perDay: true },
  { revenue: '0250', text: 'Pharmacy', priceCents: 86_450, perDay: false },
  { revenue: '0300', text: 'Laboratory', priceCents: 61_275, perDay: false },
  { revenue: '0450', text: 'Emergency room', priceCents: 174_900, perDay: false },
];

const LABORATORY_WAIVED: StayLine = {
  revenue: '0300',
  text: 'Laboratory',
  priceCents: 9_800,
  perDay: false,
  procedure: {
    code: ['G0306', 'Blood count, automated'],
    modifier: ['QW', 'Test waived under CLIA'],
  },
};

export const BIRTH_LINES: readonly StayLine[] = [
  ...STAY_LINES.slice(0, 3),
  { revenue: '0722', text: 'Delivery room', priceCents: 412_000, perDay: false },
];

export const SURGERY_LINES: readonly StayLine[] = [
  ...STAY_LINES.slice(0, 3),
  { revenue: '0360', text: 'Operating room', priceCents: 1_248_000, perDay: false },
];

export const PACEMAKER_LINES: readonly StayLine[] = [...SURGERY_LINES, LABORATORY_WAIVED];
