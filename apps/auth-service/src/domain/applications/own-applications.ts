/** What a developer does with the applications of the own account. */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { recordAct } from '../audit/acts.ts';
import { lockOwned } from '../clients/clients.ts';
import { otherPlanNames } from '../clients/plan-names.ts';
import { invalidMetadata } from '../clients/registration-error.ts';
import { developerActor, type OwnWork } from '../developers/own-clients.ts';
import { postOnce } from '../developers/posted-once.ts';
import { type LogoChange, settleLogo } from '../logos/logos.ts';
import {
  type Application,
  applicationsOf,
  checkStep,
  findApplication,
  insertApplication,
  isOpen,
  moveApplication,
  type Step,
} from './applications.ts';
import { type ApplicationContent, type ContentInput, parseContent } from './content.ts';
import { tellDeveloper, tellStaff } from './tell.ts';

const MAX_OPEN = 5;
/** Changes of approved apps are applications too, so an account sends some for as long as it has apps. */
const MAX_IN_A_YEAR = 100;
const YEAR_MS = 365 * 24 * 3_600_000;

/** What the form says; the logo is that before, unless the form sends another. */
type Input = ContentInput & { logoChange: LogoChange };

export const listOwnApplications = ({ pool, tenant, developer }: OwnWork): Promise<Application[]> =>
  applicationsOf(pool, tenant.id, developer.id);

/** @returns undefined for an application of somebody else, which is the same as none */
export async function findOwnApplication(
  { pool, tenant, developer }: OwnWork,
  id: string,
): Promise<Application | undefined> {
  const found = await findApplication(pool, tenant.id, id);
  return found?.developer === developer.id ? found : undefined;
}

async function contentOf(work: OwnWork, db: PoolClient, input: Input): Promise<ApplicationContent> {
  const { tenant, developer } = work;
  const otherPlans = await otherPlanNames(db, tenant.id);
  const content = parseContent(input, { tenant, trusted: false, otherPlans });
  const where = { tenant: tenant.id, developer: developer.id };
  return { ...content, logo: await settleLogo(db, where, input.logoChange, content.logo) };
}

/** @throws RegistrationError unless the app is one that the developer may propose a change of */
async function checkChange(
  { tenant, developer }: OwnWork,
  db: PoolClient,
  id: string,
  { metadata }: ApplicationContent,
): Promise<void> {
  const client = await lockOwned(db, tenant.id, id, developer.id);
  if (!client || client.bannedAt) throw invalidMetadata('the app does not exist any more');
  if (client.metadata.token_endpoint_auth_method !== metadata.token_endpoint_auth_method)
    throw invalidMetadata('token_endpoint_auth_method cannot be changed: apply for another app');
}

/** Held until the transaction ends, so that one account cannot open more at the same time. */
const LOCK_ACCOUNT = 'SELECT FROM developer WHERE tenant = $1 AND id = $2 FOR UPDATE';

async function checkNumber({ tenant, developer }: OwnWork, db: PoolClient): Promise<void> {
  await db.query(LOCK_ACCOUNT, [tenant.id, developer.id]);
  const all = await applicationsOf(db, tenant.id, developer.id);
  if (all.filter(isOpen).length >= MAX_OPEN)
    throw invalidMetadata(`one account has at most ${MAX_OPEN} applications under way: wait for the plan`);
  const since = Date.now() - YEAR_MS;
  if (all.filter(({ createdAt }) => createdAt.getTime() > since).length >= MAX_IN_A_YEAR)
    throw invalidMetadata(`one account sends at most ${MAX_IN_A_YEAR} applications in a year: ask the plan`);
}

/**
 * Applies for an app, or for a change of an app that the plan has approved, which works on unchanged until then.
 *
 * @param client that is to be changed
 * @param once see `postOnce`
 * @returns the id of the application
 * @throws RegistrationError; PostedBefore
 */
export function apply(
  work: OwnWork,
  input: Input,
  { client, once }: { client: string | undefined; once: string | null },
): Promise<string> {
  const { pool, tenant, developer } = work;
  const { applications } = tenant.settings;
  if (!applications?.open) throw invalidMetadata('this plan takes no applications now');
  return inTransaction(pool, async (db) => {
    // One change of an app is under way in any case.
    if (client === undefined) await postOnce(db, { tenant: tenant.id, developer: developer.id }, once);
    await checkNumber(work, db);
    const content = await contentOf(work, db, input);
    if (client !== undefined) await checkChange(work, db, client, content);
    const id = await insertApplication(db, tenant.id, { developer: developer.id, client, content });
    if (id === undefined) throw invalidMetadata('a change of this app is under way already');
    const words = `application ${id}`;
    await recordAct(db, developerActor(work), { action: 'application-submit', words });
    await tellDeveloper(db, tenant.id, id);
    await tellStaff(db, tenant.id, id, applications.contact);
    return id;
  });
}

/** What a step of the developer changes besides the state. */
type Change = (db: PoolClient, application: Application) => Promise<ApplicationContent>;

/** @returns undefined without such an application @throws ApplicationRefused */
function act(work: OwnWork, id: string, step: Step, change?: Change): Promise<Application | undefined> {
  const { pool, tenant, developer } = work;
  return inTransaction(pool, async (db) => {
    const application = await findApplication(db, tenant.id, id, 'lock');
    if (application?.developer !== developer.id) return undefined;
    checkStep(application, step);
    const content = await change?.(db, application);
    await moveApplication(db, tenant.id, application, step, { content });
    await recordAct(db, developerActor(work), { action: `application-${step}`, words: `application ${id}` });
    await tellDeveloper(db, tenant.id, id);
    const { applications } = tenant.settings;
    if (step === 'submit' && applications) await tellStaff(db, tenant.id, id, applications.contact);
    return application;
  });
}

/**
 * Sends it again, as an answer to what the plan asked, or because something was forgotten.
 *
 * @returns undefined without such an application
 * @throws RegistrationError, ApplicationRefused
 */
export const submitAgain = (work: OwnWork, id: string, input: Input): Promise<Application | undefined> =>
  act(work, id, 'submit', async (db, { isChange, client }) => {
    const content = await contentOf(work, db, input);
    if (isChange) await checkChange(work, db, client ?? '', content);
    return content;
  });

/** @returns undefined without such an application @throws ApplicationRefused */
export const withdrawOwn = (work: OwnWork, id: string): Promise<Application | undefined> =>
  act(work, id, 'withdraw');
