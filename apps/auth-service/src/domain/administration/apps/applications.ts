/** What a plan's staff do with the applications of developers, by command and over HTTP. */
import { isDeepStrictEqual } from 'node:util';
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import {
  type Application,
  ApplicationRefused,
  checkStep,
  findApplication,
  listApplications,
  moveApplication,
  type Step,
} from '../../applications/applications.ts';
import { type ApplicationContent, approvedMetadata, parseContent } from '../../applications/content.ts';
import { tellDeveloper } from '../../applications/tell.ts';
import { plainText } from '../../apps/app-name.ts';
import { recordAct } from '../../audit/acts.ts';
import { type Client, insertClient, listClients, lockOwned, setMetadata } from '../../clients/clients.ts';
import { newClientId, secretFor } from '../../clients/credentials.ts';
import { likeNamed } from '../../clients/like-names.ts';
import type { ClientMetadata } from '../../clients/metadata.ts';
import { otherPlanNames } from '../../clients/plan-names.ts';
import { domainOf } from '../../clients/verified-domain.ts';
import { findAnyLogo, type StoredLogo } from '../../logos/logos.ts';
import { actorOf, type Administration, NotFoundError } from '../administration.ts';

const MAX_WORDS_CHARACTERS = 1_000;

export const ApplicationFilter = z.strictObject({
  state: z.enum(['submitted', 'asked-back', 'approved', 'rejected', 'withdrawn']).optional(),
});

/** What the developer reads: what is asked, or why the application is rejected. */
export const StaffWords = z.strictObject({
  words: z
    .string()
    .transform((text) => plainText(text))
    .pipe(z.string().min(1).max(MAX_WORDS_CHARACTERS)),
});

export const Approval = z.strictObject({
  /** the version that was read: an application that has changed since then is not approved unseen */
  version: z.coerce.number().int().positive(),
  /** whether the plan vouches for publisher, domain, contact and privacy policy on the consent page */
  verified: z.boolean(),
});

function describe({ id, email, client, isChange, content, createdAt, changedAt, ...row }: Application) {
  const { state, version, words } = row;
  return {
    application_id: id,
    kind: isChange ? 'change' : 'new',
    state,
    version,
    developer: email,
    ...(client !== null && { client_id: client }),
    ...(words !== null && { words }),
    submitted_at: createdAt.toISOString(),
    changed_at: changedAt.toISOString(),
    ...content,
  };
}
type DescribedApplication = ReturnType<typeof describe>;

const missing = ({ tenant }: Administration, id: string) =>
  new NotFoundError(`no application "${id}" at "${tenant.id}"`);

export const describeApplications = async (
  { pool, tenant }: Administration,
  { state }: z.infer<typeof ApplicationFilter>,
): Promise<DescribedApplication[]> => (await listApplications(pool, tenant.id, state)).map(describe);

/** What a change would change, field by field. */
function differences(client: Client | undefined, content: ApplicationContent) {
  if (!client) return undefined;
  const { verified: _, verified_domain: _domain, ...old } = client.metadata;
  const { verified: _verified, ...wanted } = approvedMetadata(content);
  const [before, after] = [old, wanted] as Record<string, unknown>[];
  const names = [...new Set([...Object.keys(old), ...Object.keys(wanted)])].sort();
  return names
    .filter((name) => !isDeepStrictEqual(before?.[name], after?.[name]))
    .map((field) => ({ field, from: before?.[field] ?? null, to: after?.[field] ?? null }));
}

/**
 * @returns the application, what a change would change, and the other apps whose names look the same
 * @throws NotFoundError
 */
export async function describeApplication(admin: Administration, id: string) {
  const { pool, tenant } = admin;
  const application = await findApplication(pool, tenant.id, id);
  if (!application) throw missing(admin, id);
  const clients = await listClients(pool, tenant.id);
  const others = clients.filter((client) => client.id !== application.client);
  const like = likeNamed(others, application.content.metadata.client_name);
  const own = application.isChange ? clients.find((client) => client.id === application.client) : undefined;
  const changes = application.state === 'approved' ? undefined : differences(own, application.content);
  return {
    ...describe(application),
    ...(changes && { changes }),
    looks_like: like.map(({ id: client_id, metadata }) => ({
      client_id,
      client_name: metadata.client_name,
      verified: metadata.verified,
    })),
  };
}

/** @returns the logo of the application, or undefined if it has none @throws NotFoundError */
export async function logoOfApplication(admin: Administration, id: string): Promise<StoredLogo | undefined> {
  const { pool, tenant } = admin;
  const application = await findApplication(pool, tenant.id, id);
  if (!application) throw missing(admin, id);
  const { logo } = application.content;
  return logo === undefined ? undefined : findAnyLogo(pool, tenant.id, logo);
}

/** What a step does besides; @returns the client that it makes or changes */
type Effect = (db: PoolClient, application: Application) => Promise<Pick<Client, 'id' | 'metadata'>>;

/** @throws NotFoundError, ApplicationRefused */
async function act(
  admin: Administration,
  id: string,
  step: Step,
  { words, effect }: { words?: string; effect?: Effect },
): Promise<DescribedApplication> {
  const { pool, tenant } = admin;
  return inTransaction(pool, async (db) => {
    const application = await findApplication(db, tenant.id, id, 'lock');
    if (!application) throw missing(admin, id);
    checkStep(application, step);
    const client = await effect?.(db, application);
    await moveApplication(db, tenant.id, application, step, { words, client: client?.id });
    await recordAct(db, actorOf(admin), {
      action: `application-${step}`,
      words: `application ${id}`,
      ...(client && { client }),
    });
    await tellDeveloper(db, tenant.id, id);
    return describe((await findApplication(db, tenant.id, id)) ?? application);
  });
}

/** Asks the developer something. The application can be sent again, or withdrawn. */
export const askBack = (
  admin: Administration,
  id: string,
  { words }: z.infer<typeof StaffWords>,
): Promise<DescribedApplication> => act(admin, id, 'ask-back', { words });

export const rejectApplication = (
  admin: Administration,
  id: string,
  { words }: z.infer<typeof StaffWords>,
): Promise<DescribedApplication> => act(admin, id, 'reject', { words });

/** @param verified the plan has found out that the app is of its own domain, and members read that */
const withVerifiedDomain = (metadata: ClientMetadata, verified: boolean): ClientMetadata =>
  verified ? { ...metadata, verified, verified_domain: domainOf(metadata) } : metadata;

/** The developer gets the first secret by making one on the page of the app, so staff never see it. */
async function makeClient(
  db: PoolClient,
  { tenant }: Administration,
  { developer }: Application,
  metadata: ClientMetadata,
): Promise<string> {
  const [id, secret] = [newClientId(), secretFor(metadata)];
  await insertClient(db, tenant.id, { id, metadata, registeredBy: 'developer', secret, developer });
  return id;
}

async function changeApprovedClient(
  db: PoolClient,
  { tenant }: Administration,
  { client, developer }: Application,
  metadata: ClientMetadata,
): Promise<string> {
  const known = await lockOwned(db, tenant.id, client ?? '', developer);
  if (!known || known.bannedAt) throw new ApplicationRefused('its app has been deleted or banned meanwhile');
  await setMetadata(db, tenant.id, known.id, metadata);
  return known.id;
}

/**
 * Approves an application: makes the client, or changes it. From then on it can get no more than the scopes that it applied
 * for, and members read its answers.
 *
 * @throws NotFoundError, ApplicationRefused, RegistrationError
 */
export const approveApplication = (
  admin: Administration,
  id: string,
  { version, verified }: z.infer<typeof Approval>,
): Promise<DescribedApplication> =>
  act(admin, id, 'approve', {
    effect: async (db, application) => {
      if (application.version !== version)
        throw new ApplicationRefused(`the application has version ${application.version}: look at it again`);
      const { tenant } = admin;
      const otherPlans = await otherPlanNames(db, tenant.id);
      const content = parseContent(application.content, { tenant, trusted: false, otherPlans });
      const metadata = withVerifiedDomain(approvedMetadata(content), verified);
      const saveClient = application.isChange ? changeApprovedClient : makeClient;
      return { id: await saveClient(db, admin, application, metadata), metadata };
    },
  });
