/** What a question names must exist: an answer about an id that nobody has would look like one that nothing happened to. */
import { noSuchPath } from '@patient-access/fhir';
import { WITHOUT_MEMBER } from '../columns.ts';
import type { Ask } from './ask.ts';
import type { NameDirectory } from './directory.ts';
import { anyBy, anyByLogin, anyOf } from './console-sql.ts';
import type { Filter } from './filter.ts';

interface Asked {
  tenant: string;
  ask: Ask;
  directory: NameDirectory;
}

const noSuchApp = (client: string) =>
  noSuchPath(`There is no app with the client id ${client}: no registration and no event has it.`, 'app');
const noSuchLogin = ({ login, from, to }: Filter) =>
  noSuchPath(
    `There is no login ${login}: no login and no subject is called so, and no event from ${from} to ${to} has it.`,
    'login',
  );

async function refuseUnknownMember({ tenant, ask, directory }: Asked, { member }: Filter): Promise<void> {
  if (member === undefined || member === WITHOUT_MEMBER) return;
  const hasEvents = async () => (await ask(anyOf(tenant, member))).length > 0;
  if (!(await hasEvents())) await directory.member(member, () => Promise.resolve(false));
}

async function refuseUnknownApp({ tenant, ask, directory }: Asked, { client }: Filter): Promise<void> {
  if (client === undefined || (await ask(anyBy(tenant, client))).length > 0) return;
  if (!(await directory.apps([client])).has(client)) throw noSuchApp(client);
}

/** Nobody else knows who administers a plan, so the trail is asked alone. */
async function refuseUnknownAdministrator({ tenant, ask }: Asked, filter: Filter): Promise<void> {
  const { administrator, from, to } = filter;
  if (administrator === undefined) return;
  if ((await ask(anyByLogin(tenant, filter))).length === 0)
    throw noSuchPath(
      `There is no administrator ${administrator}: no event from ${from} to ${to} has the name.`,
      'administrator',
    );
}

/** A login's name is replaced by its subject, which events have. Acts of staff are about no member. */
async function withSubject({ tenant, ask, directory }: Asked, filter: Filter): Promise<Filter> {
  const { login, member } = filter;
  if (login === undefined) return filter;
  const { logins } = await directory.ask({ find: login });
  const [known] = logins;
  if (known) {
    const ofStaff = known.role === 'auditor' && member === undefined;
    return { ...filter, login: known.sub, ...(ofStaff && { member: WITHOUT_MEMBER }) };
  }
  if ((await ask(anyByLogin(tenant, filter))).length === 0) throw noSuchLogin(filter);
  return filter;
}

/**
 * @returns the filter, with the subject of the login that it names
 * @throws OperationError 404 when neither the directory nor an event knows the member, the app, the login or the administrator
 */
export async function requireKnown(asked: Asked, filter: Filter): Promise<Filter> {
  await refuseUnknownMember(asked, filter);
  await refuseUnknownApp(asked, filter);
  await refuseUnknownAdministrator(asked, filter);
  return withSubject(asked, filter);
}
