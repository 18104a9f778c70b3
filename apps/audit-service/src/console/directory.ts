/** Asks auth-service for names, which this service does not have, with the credential of the auditor who asks. */
import { noSuchPath, unavailable } from '@patient-access/fhir';
import {
  CLIENT_ADDRESS_HEADER,
  DIRECTORY_PATH,
  DirectoryAnswer,
  type DirectoryQuestion,
  MAX_DIRECTORY_IDS,
  pathTo,
  REQUEST_ID_HEADER,
  SURVIVORS_HEADER,
} from '@patient-access/internal-api';
import type { TrailRequest } from '../trail-request.ts';

const DEADLINE_MS = 3_000;

export type KnownApp = DirectoryAnswer['apps'][number];
export type KnownPerson = DirectoryAnswer['people'][number];

/** A member of a plan, by its name. */
export interface KnownMember extends KnownPerson {
  plan: string;
  /** Patients whose records were merged into hers */
  replaced: string[];
  /** did records of hers stand under another Patient for a time, who is none of these? */
  stoodElsewhere: boolean;
}

/** Whose records stood under another Patient for a time. */
export type StoodUnder = NonNullable<DirectoryAnswer['stoodUnder']>[number];

/** The directory of one tenant, for one request. @throws OperationError 503 when auth-service does not answer */
export class NameDirectory {
  private readonly authUrl: string;
  private readonly request: TrailRequest;

  constructor(authUrl: string, request: TrailRequest) {
    this.authUrl = authUrl;
    this.request = request;
  }

  /** @throws OperationError 503 */
  async ask(question: DirectoryQuestion): Promise<DirectoryAnswer> {
    const { id, headers, params, ip } = this.request;
    const url = `${this.authUrl}${pathTo(DIRECTORY_PATH, { tenant: params.tenant })}`;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: headers.authorization ?? '',
        'content-type': 'application/json',
        [REQUEST_ID_HEADER]: id,
        [CLIENT_ADDRESS_HEADER]: String(headers[CLIENT_ADDRESS_HEADER] ?? ip),
        [SURVIVORS_HEADER]: 'true',
      },
      body: JSON.stringify(question),
      signal: AbortSignal.timeout(DEADLINE_MS),
    }).catch((cause: unknown) => {
      throw unavailable(cause);
    });
    if (response.status !== 200)
      throw unavailable(new Error(`auth-service answered ${response.status} to a question for names`));
    const { success, data, error } = DirectoryAnswer.safeParse(await response.json());
    if (!success) throw unavailable(error);
    return data;
  }

  /** @returns what is known of each client id */
  async apps(ids: readonly string[]): Promise<ReadonlyMap<string, KnownApp>> {
    const known = new Map<string, KnownApp>();
    for (const some of chunks(ids))
      for (const app of (await this.ask({ apps: some })).apps) known.set(app.id, app);
    return known;
  }

  /**
   * @returns who each Patient id that is known stands for today (a record that was merged, for the one that it went into), and
   *   whose records stood for a time under one of these Patients or of those who are one person with them today
   */
  async today(
    patients: readonly string[],
  ): Promise<{ people: ReadonlyMap<string, KnownPerson>; others: StoodUnder[] }> {
    const known = new Map<string, KnownPerson>();
    const others: StoodUnder[] = [];
    for (const some of chunks(patients)) {
      const asked = await this.ask({ patients: some });
      for (const person of asked.people) known.set(person.patient, person);
      const { survivors = [] } = asked;
      const ids = [...new Set(survivors.map(({ survivor }) => survivor))];
      const into = ids.length > 0 ? await this.ask({ patients: ids }) : undefined;
      for (const { patient, survivor } of survivors) {
        const unnamed = { patient: survivor, name: '', numbers: [], logins: [] };
        known.set(patient, into?.people.find((person) => person.patient === survivor) ?? unnamed);
      }
      others.push(...othersUnder(some, asked, into));
    }
    return { people: known, others };
  }

  /** @throws OperationError 404 when nothing knows this id: neither a login, nor the plan's list, nor an event */
  async member(patient: string, hasEvents: () => Promise<boolean>): Promise<KnownMember> {
    const { people, plan, replaced: merged = [], stoodUnder = [] } = await this.ask({ patients: [patient] });
    const replaced = merged.map((each) => each.patient);
    const ids = [patient, ...replaced];
    const stoodElsewhere = stoodUnder.some((each) => ids.includes(each.patient) && !ids.includes(each.under));
    const more = { plan: plan.name, replaced, stoodElsewhere };
    const [known] = people;
    if (known) return { ...known, ...more };
    if (!(await hasEvents())) throw noSuchMember(patient);
    return { patient, name: '', numbers: [], logins: [], ...more };
  }
}

/** What a page or a file says of an id that nothing knows. */
export const noSuchMember = (patient: string) =>
  noSuchPath(
    `There is no member with the id ${patient}: no login, no member number and no event has it.`,
    'patient',
  );

/**
 * What came to a survivor by a merge may have left it by a split, without a date here: it may be of any id of that person.
 *
 * @param asked about some Patients @param into about those into whom they were merged
 * @returns each pair once; none of two ids that are one person's today
 */
function othersUnder(some: readonly string[], asked: DirectoryAnswer, into?: DirectoryAnswer): StoodUnder[] {
  // The later entry of an id counts: where another merge followed, it has the end of both.
  const merged = [asked.replaced, asked.survivors, into?.replaced].flatMap((each) => each ?? []);
  const survivors = new Map(merged.map(({ patient, survivor }) => [patient, survivor]));
  const personOf = (id: string): string => survivors.get(id) ?? id;
  const theirs = new Set([
    ...some,
    ...some.map(personOf),
    ...(into?.replaced ?? []).map(({ patient }) => patient),
  ]);
  const pairs = [...(asked.stoodUnder ?? []), ...(into?.stoodUnder ?? [])]
    .filter(({ patient, under }) => theirs.has(under) && personOf(patient) !== personOf(under))
    .map((pair) => [`${pair.patient} ${pair.under}`, pair] as const);
  return [...new Map(pairs).values()];
}

function* chunks(ids: readonly string[]): Generator<string[]> {
  for (let at = 0; at < ids.length; at += MAX_DIRECTORY_IDS) yield ids.slice(at, at + MAX_DIRECTORY_IDS);
}
