/** Asks the served preview what the guides ask of a server, and looks for each must-support in its data. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitions } from '@patient-access/fhir';
import { FhirClient, launch } from '@patient-access/first-call';
import { Preview } from '@patient-access/preview/installation';
import type { PreviewTenant } from '@patient-access/preview';
import { freePort } from '@patient-access/testing';
import { problemWith, type FhirAccess } from './ask.ts';
import type { GuideList } from './guide-list.ts';
import { committedLists } from './lists.ts';
import { type Question, Questioner, type Unanswerable } from './questions.ts';
import { servedRecord } from './served-record.ts';
import { described, resourcesFor, type Served, unsupported } from './supported.ts';

/** Enough for all members of the preview that play a part. */
const MEMBERS = 12;
/** requests at a time */
const AT_A_TIME = 6;
const SCOPE = 'launch/patient patient/*.rs';

/** @returns each profile without a resource, and each must-support that no resource of the profile has */
export function missingSupport(lists: readonly GuideList[], all: readonly Served[]): string[] {
  return lists
    .flatMap(({ profiles }) => profiles)
    .flatMap((profile) => {
      const name = profile.url.slice(profile.url.lastIndexOf('/') + 1);
      const resources = resourcesFor(profile, all);
      if (resources.length === 0) return [`${name}: no data`];
      return unsupported(profile, resources, all).map((need) => `${name}: no data for ${described(need)}`);
    });
}

/** The searches of all guides; what two guides ask is asked once. */
export function questionsOf(
  lists: readonly GuideList[],
  questioner: Questioner,
): (Question | Unanswerable)[] {
  const asked = lists.flatMap(({ searches }) => searches);
  const questions = asked.flatMap((of) =>
    [...questioner.of(of)].filter(({ name }) => !isLeftOut(of.type, name)),
  );
  return [...new Map(questions.map((question) => [question.name, question])).values()];
}

/** @returns each search that was not answered as the guide says, or for which there is no data */
async function unanswered(
  questions: readonly (Question | Unanswerable)[],
  client: FhirAccess,
): Promise<string[]> {
  const problems: string[] = [];
  const waiting = [...questions];
  const worker = async () => {
    for (let question = waiting.shift(); question; question = waiting.shift()) {
      const problem = 'query' in question ? await problemWith(client, question) : 'no data';
      if (problem !== undefined) problems.push(`${question.name} (${question.level}): ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return problems;
}

/** Searches that a guide lists and nobody can answer, with the reason. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  'MedicationDispense intent': 'PDex lists it, and MedicationDispense has no such element in R4',
};

/** A SHOULD that the API does not do has a reason in the definition of the type. */
function isLeftOut(type: string, name: string): boolean {
  const { leftOut = {} } = definitions.get(type) ?? {};
  const asked = name.slice(name.indexOf('?') + 1).replace(/ \(.*$/, '');
  return (
    asked.split('&').some((each) => `search ${each}` in leftOut || `${type} ${each}` in IMPOSSIBLE) ||
    `combination ${asked.replaceAll('&', '+')}` in leftOut
  );
}

async function problemsAt(
  tenant: PreviewTenant,
): Promise<{ problems: string[]; asked: number; read: number }> {
  const { login, patientId } = tenant.conformance;
  const password = tenant.members.find((member) => member.login === login)?.password ?? '';
  const session = await launch({ ...tenant, login, password, patientId, scope: SCOPE });
  const lists = committedLists();
  const all = await servedRecord(new FhirClient(tenant.fhirBase, session.accessToken), session.patient);
  const client = { base: tenant.fhirBase, token: session.accessToken };
  const questions = questionsOf(lists, new Questioner(all, session.patient));
  const found = [...missingSupport(lists, all), ...(await unanswered(questions, client))];
  return {
    problems: found.map((each) => `${tenant.id}: ${each}`),
    asked: questions.length,
    read: all.length,
  };
}

/** @returns what the guides ask for and the preview does not serve; undefined when there is nothing */
export async function conformanceGaps(): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'conformance-'));
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const options = {
    port,
    publicUrl,
    directory,
    kafkaBrokers: undefined,
    fresh: true,
    members: MEMBERS,
    seed: 1,
  };
  const preview = new Preview({ ...options, without: [] });
  try {
    const { tenants } = await preview.start();
    const problems: string[] = [];
    for (const tenant of tenants) {
      const found = await problemsAt(tenant);
      problems.push(...found.problems);
      console.log(`      ${tenant.id}: ${found.asked} searches asked, ${found.read} resources read`);
    }
    return problems.length > 0 ? problems.join('\n') : undefined;
  } finally {
    await preview.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
