/** Reads the facts of an insurance card from its resources (CARIN Digital Insurance Card 1.1.0). */
import type { CardContact, CardLogo, FactName, InsuranceCard } from './card.ts';
import {
  type CardCost,
  type CardCoverage,
  type CardPatient,
  type CardResources,
  codesOf,
  contactLines,
  currentNames,
  type CardExtension,
  extensionsOf,
  partOf,
  wordsFor,
} from './fhir.ts';

const COLOR = /^#[0-9a-f]{6}$/i;
const DEFAULT_COLORS = { background: '#e7f1f3', highlight: '#0b5563' };
/** Nothing that a browser runs: no SVG. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif']);
const MAX_LOGO_CHARACTERS = 400_000;
const WHOLE_DAY = /^\d{4}-\d{2}-\d{2}/;
/** Systems write 0001-01-01 for no date, and 9999-12-31 for no end. */
const NO_DATE = /^(?:0|9999)/;
/** What Intl takes. The import stores other text, too: a binding that is broken rejects nothing. */
const CURRENCY = /^[A-Z]{3}$/i;
const CLASSES: readonly FactName[] = [
  'group',
  'network',
  'division',
  'rxbin',
  'rxpcn',
  'rxgroup',
  'rxid',
  'rxiin',
];

function holderOf({ name: all = [] }: CardPatient): string {
  const names = currentNames(all);
  const name = names.find(({ use }) => use === 'official') ?? names[0];
  const { given = [], family, suffix = [] } = name ?? {};
  return name?.text ?? [...given, family, ...suffix].filter(Boolean).join(' ');
}

/** @param day a date of FHIR, which may be a month or a year only @returns undefined for what stands for no date */
function dayOf(day: string | undefined, locale: string): string | undefined {
  if (day === undefined || NO_DATE.test(day)) return undefined;
  if (!WHOLE_DAY.test(day)) return day;
  const at = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}

function colorsOf({ extension }: CardCoverage): InsuranceCard['colors'] {
  const [palette] = extensionsOf(extension, 'ColorPalette');
  const color = (name: string): string | undefined => {
    const [found] = extensionsOf(palette?.extension, `${name}Color`);
    return codesOf(found?.valueCodeableConcept).find((code) => COLOR.test(code));
  };
  return {
    background: color('Background') ?? DEFAULT_COLORS.background,
    highlight: color('Highlight') ?? DEFAULT_COLORS.highlight,
  };
}

function logoOf({ extension }: CardCoverage): CardLogo | undefined {
  const [logo] = extensionsOf(extension, 'Logo');
  const { contentType = '', data = '' } = (logo && partOf(logo, 'image')?.valueAttachment) ?? {};
  const isPicture = PICTURES.has(contentType) && /^[A-Za-z0-9+/=]+$/.test(data);
  if (!isPicture || data.length > MAX_LOGO_CHARACTERS) return undefined;
  return {
    mediaType: contentType,
    base64: data,
    label: (logo && partOf(logo, 'label')?.valueString) ?? '',
  };
}

const memberIdOf = ({ identifier = [], subscriberId }: CardCoverage): string | undefined =>
  identifier.find(({ type }) => codesOf(type).includes('MB'))?.value ?? subscriberId;

function classOf({ class: classes = [] }: CardCoverage, name: string) {
  return classes.find(({ type }) => codesOf(type).includes(name));
}

function factsOf(coverage: CardCoverage, locale: string): InsuranceCard['facts'] {
  const [issued] = extensionsOf(coverage.extension, 'CardIssueDate');
  const values: [FactName, string | undefined][] = [
    ['memberId', memberIdOf(coverage)],
    ...CLASSES.map((name): [FactName, string | undefined] => {
      const { value, name: words } = classOf(coverage, name) ?? {};
      if (name === 'network') return [name, words ?? value];
      return [name, [value, words].filter(Boolean).join(' ') || undefined];
    }),
    ['effective', dayOf(coverage.period?.start, locale)],
    ['ends', dayOf(coverage.period?.end, locale)],
    ['issued', dayOf(issued?.valueDate, locale)],
  ];
  return values.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function costValue({ valueMoney, valueQuantity }: CardCost, locale: string): string | undefined {
  const [text] = extensionsOf(valueMoney?.extension, 'BeneficiaryCostString');
  const { value, currency = 'USD' } = valueMoney ?? {};
  const money = new Intl.NumberFormat(locale, {
    ...(CURRENCY.test(currency) && { style: 'currency', currency }),
    trailingZeroDisplay: 'stripIfInteger',
  });
  const { value: amount, unit = '' } = valueQuantity ?? {};
  const quantity = amount === undefined ? undefined : `${amount}${unit === '%' ? '' : ' '}${unit}`.trim();
  const parts = [value === undefined ? undefined : money.format(value), text?.valueString, quantity];
  return parts.find((part) => part !== undefined);
}

function contactsOf({ payer }: CardResources): CardContact[] {
  const named = (payer?.contact ?? []).map(({ purpose, telecom, address }) => ({
    name: wordsFor(purpose) ?? payer?.name ?? '',
    lines: contactLines(telecom, address),
  }));
  const own = { name: payer?.name ?? '', lines: contactLines(payer?.telecom) };
  return [...named, ...(named.length === 0 ? [own] : [])].filter(({ lines }) => lines.length > 0);
}

const notesOf = (extension: CardExtension[] | undefined): string[] =>
  extensionsOf(extension, 'AdditionalCardInformation').flatMap(({ valueAnnotation }) =>
    (valueAnnotation?.text ?? '').split('\n').filter((line) => line.trim() !== ''),
  );

/** @param locale in which days and sums of money are written */
export function readCard(resources: CardResources, locale: string): InsuranceCard {
  const { coverage, patient, payer } = resources;
  const { value, name } = classOf(coverage, 'plan') ?? {};
  const plan = name ?? value;
  const logo = logoOf(coverage);
  const costs = (coverage.costToBeneficiary ?? []).flatMap((cost) => {
    const amount = costValue(cost, locale);
    const words = wordsFor(cost.type);
    return amount === undefined || words === undefined ? [] : [{ name: words, value: amount }];
  });
  return {
    id: coverage.id,
    payer: payer?.name ?? coverage.payor?.[0]?.display ?? '',
    ...(plan !== undefined && { plan }),
    holder: holderOf(patient),
    ...(logo && { logo }),
    colors: colorsOf(coverage),
    facts: factsOf(coverage, locale),
    costs,
    notes: notesOf(coverage.extension),
    contacts: contactsOf(resources),
  };
}
