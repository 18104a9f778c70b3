/** People who make accounts alone, and what the plan says about them. */
import { Readable } from 'node:stream';
import { createPool } from '@patient-access/database';
import {
  loadPlanPeople,
  type MemberLoadResult,
} from '../../src/domain/administration/members/member-load.ts';
import { administrationOf } from '../administration.ts';
import { type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { loadMembers } from '../configure.ts';
import type { World } from '../world.ts';

export const JOINED_PASSWORD = 'nine slow turtles cross the road';

/** What a person types. */
export interface Typed {
  number: string;
  given: string;
  family: string;
  month: string;
  day: string;
  year: string;
}

export const JUANA: Typed = {
  number: 'NW-2001',
  given: 'Juana',
  family: 'Ibáñez Ortega',
  month: '2',
  day: '9',
  year: '1984',
};

export const OMAR: Typed = {
  number: 'NW-2002',
  given: 'Omar',
  family: 'Ibanez',
  month: '1',
  day: '1',
  year: '1982',
};
export const NINA: Typed = {
  number: 'NW-2003',
  given: 'Nina',
  family: 'Young',
  month: '3',
  day: '3',
  year: '2015',
};
export const MARIA: Typed = {
  number: 'NW-2004',
  given: 'Maria',
  family: 'Castellan',
  month: '1',
  day: '31',
  year: '1970',
};
export const CARL: Typed = {
  number: 'NW-2005',
  given: 'Carl',
  family: 'Quiet',
  month: '10',
  day: '10',
  year: '1990',
};
/** She has one name. */
export const SITI: Typed = {
  number: 'NW-2007',
  given: '',
  family: 'Siti',
  month: '7',
  day: '7',
  year: '1977',
};
export const ROSA: Typed = {
  number: 'REP-1',
  given: 'Rosa',
  family: 'Helper',
  month: '06',
  day: '06',
  year: '1960',
};

const person = (number: string, id: string, name: string, more: object = {}) => ({
  number,
  patients: [{ id, relationship: 'self', name, ...more }],
});

/** Whose data the numbers open. */
const RELATIONS: object[] = [
  {
    number: 'NW-2001',
    patients: [
      { id: 'juana', relationship: 'self', name: 'Juana Ibáñez Ortega' },
      {
        id: 'leo',
        relationship: 'child',
        name: 'Leo Ibáñez',
        birthDate: '2019-05-01',
        fhirUser: 'RelatedPerson/mother',
      },
    ],
  },
  person('NW-2002', 'omar', 'Omar Ibáñez'),
  person('NW-2003', 'nina', 'Nina Young', { birthDate: '2015-03-03' }),
  person('NW-2004', 'maria', 'Maria Castellan'),
  person('NW-2005', 'carl', 'Carl Quiet'),
  person('NW-2006', 'paula', "Paula O'Brien"),
  person('NW-2007', 'siti', 'Siti'),
  {
    number: 'REP-1',
    fhirUser: 'RelatedPerson/rosa',
    patients: [{ id: 'old', relationship: 'parent', name: 'Otto Old' }],
  },
];

const PEOPLE: object[] = [
  {
    number: 'NW-2001',
    names: [{ given: 'Juana María', family: 'Ibáñez-Ortega' }],
    birthDate: '1984-02-09',
    contacts: [
      { email: 'family@mail.example', shared: true },
      { email: 'Juana@mail.example' },
      { phone: '(612) 555-0142' },
    ],
  },
  {
    number: 'NW-2002',
    names: [{ given: 'Omar', family: 'Ibanez' }],
    birthDate: '1982-01-01',
    contacts: [{ email: 'two@mail.example' }],
  },
  {
    number: 'NW-2003',
    names: [{ given: 'Nina', family: 'Young' }],
    birthDate: '2015-03-03',
    contacts: [{ email: 'nina@mail.example' }],
  },
  {
    number: 'NW-2004',
    names: [{ given: 'Maria', family: 'Castellan' }],
    birthDate: '1970-01-31',
    contacts: [{ email: 'castellan@mail.example' }],
  },
  {
    number: 'NW-2005',
    names: [{ given: 'Carl', family: 'Quiet' }],
    birthDate: '1990-10-10',
    contacts: [{ email: 'carl@work.example' }, { email: 'quiet@mail.example', confidential: true }],
  },
  {
    number: 'NW-2006',
    names: [{ given: 'Paula', family: "O'Brien, Jr." }],
    birthDate: '1991-11-11',
    contacts: [{ email: 'two@mail.example' }, { email: 'not an address' }],
  },
  {
    number: 'NW-2007',
    names: [{ family: 'Siti' }],
    birthDate: '1977-07-07',
    contacts: [{ email: 'siti@mail.example' }],
  },
  {
    number: 'REP-1',
    names: [{ given: 'Rosa', family: 'Helper' }],
    birthDate: '1960-06-06',
    contacts: [{ email: 'rosa@mail.example' }],
  },
];

const lines = (entries: readonly object[]) => entries.map((entry) => JSON.stringify(entry)).join('\n');

/** @returns what the command says, with the lines that it did not load */
export async function loadPeople(
  world: World,
  people: readonly object[],
): Promise<MemberLoadResult & { said: string[] }> {
  const said: string[] = [];
  const pool = await createPool(world.databaseUrl, { max: 1 });
  try {
    const file = Readable.from([Buffer.from(lines(people))]);
    const result = await loadPlanPeople(administrationOf(pool), [world.master], file, {
      reject: (line) => said.push(line),
    });
    return { ...result, said };
  } finally {
    await pool.end();
  }
}

/** Has the plan say all of it. */
export async function loadPlan(world: World): Promise<MemberLoadResult> {
  await loadMembers(world, lines(RELATIONS));
  return loadPeople(world, PEOPLE);
}

let networks = 0;

/** Opens an app, and goes from the login to the form. */
export async function openForm(world: World, app: RegisteredApp): Promise<[Browser, BrowserPage]> {
  const browser = new Browser(world.url);
  networks += 1;
  browser.headers['x-forwarded-for'] = `198.19.${networks >> 8}.${networks & 255}`;
  const login = await browser.open(startAuthorization(world, app).url);
  return [browser, await browser.submit(login, 'join')];
}

/** Says who she is. @returns the page of the code */
export function sayWho(
  browser: Browser,
  page: BrowserPage,
  typed: Typed,
  way: 'mail' | 'text' | 'letter' = 'mail',
): Promise<BrowserPage> {
  return browser.submit(page, way, (fields) => {
    for (const [name, value] of Object.entries(typed)) fields.set(name, value);
  });
}

export const typeCode = (browser: Browser, page: BrowserPage, code: string): Promise<BrowserPage> =>
  browser.submit(page, 'join-code', (fields) => fields.set('code', code));

export function makeLogin(
  browser: Browser,
  page: BrowserPage,
  login: string,
  password = JOINED_PASSWORD,
): Promise<BrowserPage> {
  return browser.submit(page, 'make', (fields) => {
    fields.set('login', login);
    fields.set('password', password);
    fields.set('repeat', password);
  });
}

/** @returns the code in a mail */
export const codeIn = ({ text }: { text: string }): string => /^\d{8}$/m.exec(text)?.[0] ?? '';
