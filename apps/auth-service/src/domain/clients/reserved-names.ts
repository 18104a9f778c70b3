/** Words with which an app would speak for somebody else, or give an alarm (security case O15; ADR 59). */
import { partsOf, skeleton, nameWords } from './name-words.ts';

/** Bodies for which no app speaks, and claims that only the plan makes. They are found inside longer words, too. */
const NAMES = [
  'Medicare',
  'Medicaid',
  'Tricare',
  'HealthCare.gov',
  'Veterans Affairs',
  'Social Security',
  'Seguro Social',
  'Health and Human',
  'federal government',
  'official',
  'oficial',
  'verified',
  'verificad',
  'approved by',
  'endorsed',
  'your plan',
  'your health plan',
];
/** Found as a word, and as letters in upper case within one: `MyCMS`. */
const ACRONYMS = ['CMS', 'HHS', 'SSA', 'VA', 'IHS', 'USDS'];
/** What is written before and after an acronym in one word in lower case: `mycms`, `cmshealth`. */
const AROUND = {
  before: ['my', 'the', 'us', 'your', 'mi'],
  after: ['app', 'apps', 'health', 'gov', 'online', 'portal', 'connect', 'data', 'records', 'login', 'salud'],
};

/** Found as words that follow one another. */
const PHRASES = [
  // an alarm, or a message that asks for something
  ...[
    'security alert',
    'security warning',
    'security notice',
    'security update',
    'security check',
    'security team',
  ],
  ...[
    'fraud alert',
    'account alert',
    'important notice',
    'final notice',
    'action required',
    'system message',
  ],
  ...[
    'log in',
    'login',
    'log on',
    'logon',
    'sign in',
    'signin',
    'your account',
    'your password',
    'your login',
  ],
  ...[
    'account suspended',
    'account locked',
    'password expired',
    'click here',
    'click to',
    'tap here',
    'call now',
  ],
  ...['verify your', 'confirm your', 'update your', 'renew your', 'unlock your', 'claim your'],
  ...['alerta de seguridad', 'aviso de seguridad', 'aviso importante', 'inicie sesión', 'iniciar sesión'],
  ...['su cuenta', 'su contraseña', 'su plan', 'haga clic', 'verifique su', 'confirme su', 'actualice su'],
  // a word of trust
  ...[
    'trusted',
    'certified',
    'authorized',
    'authorised',
    'approved',
    'genuine',
    'authentic',
    'hipaa compliant',
  ],
  ...['de confianza', 'certificado', 'certificada', 'autorizado', 'autorizada', 'aprobado', 'aprobada'],
  // somebody who works for a plan or a government
  ...[
    'health plan',
    'health plans',
    'insurance company',
    'member portal',
    'member services',
    'plan de salud',
  ],
  ...['customer service', 'customer support', 'support team', 'help desk', 'helpdesk', 'administrator'],
  ...['servicio al cliente', 'government', 'gobierno', 'internal revenue', 'department of health', 'gov'],
  // plans that many members know
  ...['aetna', 'anthem', 'cigna', 'unitedhealthcare', 'united healthcare', 'kaiser permanente', 'blue cross'],
  ...[
    'blue shield',
    'bluecross',
    'blueshield',
    'centene',
    'molina healthcare',
    'wellcare',
    'ambetter',
    'elevance',
  ],
];

const withSpaces = (words: readonly string[]): string => ` ${words.join(' ')} `;

const spokenFor = NAMES.map((name) => ({ name, letters: nameWords(name).join('') }));
const acronyms = ACRONYMS.map((name) => {
  const [before, after] = [AROUND.before, AROUND.after].map((list) => list.map(skeleton).join('|'));
  return { name, letters: skeleton(name), within: new RegExp(`^(${before})?${skeleton(name)}(${after})?$`) };
});
const phrases = PHRASES.map((name) => ({ name, words: withSpaces(nameWords(name)) }));

/** `Urgent: …` and `Alert!`, however it goes on. */
const ALARM =
  /^\W*(alert|warning|attention|notice|important|urgent|caution|alerta|aviso|atención|urgente)\s*[:!–—-]/iu;

/**
 * @param plain the name, as `plainText` leaves it
 * @returns what the name must not say, undefined when there is nothing
 */
export function reservedWords(plain: string): string | undefined {
  const words = nameWords(plain);
  const parts = partsOf(plain);
  const letters = words.join('');
  const capitals = new Set(parts.filter((part) => /^\p{Lu}+$/u.test(part)).map(skeleton));
  const said = [withSpaces(words), withSpaces(parts.map(skeleton))];
  const found =
    spokenFor.find((one) => letters.includes(one.letters)) ??
    acronyms.find((one) => capitals.has(one.letters) || words.some((word) => one.within.test(word))) ??
    phrases.find((one) => said.some((text) => text.includes(one.words)));
  return found?.name ?? ALARM.exec(plain)?.[1];
}
