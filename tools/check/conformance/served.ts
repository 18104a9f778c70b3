/** Asks the served preview what the guides ask of a server, and looks for each must-support in its data. */
import { definitions } from '@patient-access/fhir';
import { FhirClient, launch } from '@patient-access/first-call';
import type { PreviewTenant } from '@patient-access/preview';
import { problemWith, type FhirAccess } from './ask.ts';
import type { GuideList } from './guide-list.ts';
import { NOT_OFFERED } from './capabilities.ts';
import { listsUpTo } from './lists.ts';
import { type GuideQuestion, Questioner, type Unanswerable } from './questions.ts';
import { importOtherData, type OtherMember } from './other-data.ts';
import { chosenSet, type SeenRecords } from './profiles.ts';
import { missingScreenings } from './screenings.ts';
import { servedRecord } from './served-record.ts';
import { described, resourceName, resourcesFor, type Served, unsupported } from './supported.ts';

/** requests at a time */
const AT_A_TIME = 6;
const SCOPE = 'launch/patient patient/*.rs';

/**
 * @returns each profile without a resource, each must-support that no resource of the profile has, and each category of
 * screenings that none has
 */
export function missingSupport(lists: readonly GuideList[], all: readonly Served[]): string[] {
  const missing = lists
    .flatMap(({ profiles }) => profiles)
    .flatMap((profile) => {
      const name = profile.url.slice(profile.url.lastIndexOf('/') + 1);
      const resources = resourcesFor(profile, all);
      if (resources.length === 0) return [`${name}: no data`];
      return unsupported(profile, resources, all).map((need) => `${name}: no data for ${described(need)}`);
    });
  return [...missing, ...lists.flatMap((list) => missingScreenings(list, all))];
}

/** The searches of all guides; what two guides ask is asked once. */
export function questionsOf(
  lists: readonly GuideList[],
  questioner: Questioner,
): (GuideQuestion | Unanswerable)[] {
  const asked = lists.flatMap(({ searches }) => searches);
  const questions = asked.flatMap((of) =>
    [...questioner.of(of)].filter(({ name }) => !isLeftOut(of.type, name)),
  );
  return [...new Map(questions.map((question) => [question.name, question])).values()];
}

/** @returns each search that was not answered as the guide says, or for which there is no data */
async function unanswered(
  questions: readonly (GuideQuestion | Unanswerable)[],
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
    NOT_OFFERED.some(([pattern]) => pattern.test(`${type} search ${asked}`)) ||
    asked.split('&').some((each) => `search ${each}` in leftOut || `${type} ${each}` in IMPOSSIBLE) ||
    `combination ${asked.replaceAll('&', '+')}` in leftOut
  );
}

interface Reading {
  all: Served[];
  client: FhirAccess;
  questioner: Questioner;
}

/** Logs in and reads the member's whole record. */
async function read(tenant: PreviewTenant, { login, password, patientId }: OtherMember): Promise<Reading> {
  const session = await launch({ ...tenant, login, password, patientId, scope: SCOPE });
  const all = await servedRecord(new FhirClient(tenant.fhirBase, session.accessToken), session.patient);
  const client = { base: tenant.fhirBase, token: session.accessToken };
  return { all, client, questioner: new Questioner(all, session.patient) };
}

/**
 * US Core asks for a former name, and the card's Patient has one name only. So the guide of the card is asked about another
 * member than the one who has everything.
 */
export const OF_ANOTHER_MEMBER: ReadonlySet<string> = new Set(['hl7.fhir.us.insurance-card']);
const CARD_HOLDER = /\.new$/;

/** @returns whose record has what the guides of the lists ask for */
function memberFor(tenant: PreviewTenant, isCard: boolean): OtherMember {
  const { login, patientId } = isCard
    ? (tenant.members.find((member) => CARD_HOLDER.test(member.login)) ?? tenant.conformance)
    : tenant.conformance;
  const password = tenant.members.find((member) => member.login === login)?.password ?? '';
  return { login, password, patientId };
}

async function problemsAt(
  tenant: PreviewTenant,
  lists: readonly GuideList[],
  seen: SeenRecords,
): Promise<string[]> {
  const groups = Map.groupBy(lists, (list) => OF_ANOTHER_MEMBER.has(list.package));
  const found: string[] = [];
  for (const [isCard, group] of groups)
    found.push(...(await problemsOf(tenant, memberFor(tenant, isCard), group, seen)));
  return found;
}

async function problemsOf(
  tenant: PreviewTenant,
  member: OtherMember,
  lists: readonly GuideList[],
  seen: SeenRecords,
): Promise<string[]> {
  const { all, client, questioner } = await read(tenant, member);
  seen.add(tenant.id, all);
  const questions = questionsOf(lists, questioner);
  const found = [...missingSupport(lists, all), ...(await unanswered(questions, client))];
  console.log(`      ${tenant.id}: ${questions.length} searches asked, ${all.length} resources read`);
  return found.map((each) => `${tenant.id}: ${each}`);
}

/** Of data of other authors: each search for which it has a value, and each must-support that was lost on the way. */
async function problemsOfOtherData(
  root: string,
  directory: string,
  tenant: PreviewTenant,
  lists: readonly GuideList[],
): Promise<string[]> {
  const data = await importOtherData(root, directory, tenant.id);
  if (!data) console.log('      there is no data of other authors beside the project: nothing to import');
  const problems: string[] = [];
  for (const member of data?.members ?? []) {
    const { all, client, questioner } = await read(tenant, member);
    const questions = questionsOf(lists, questioner).filter((question) => 'query' in question);
    const sources = all.flatMap((each) => data?.sources.get(resourceName(each)) ?? []);
    const missingBefore = new Set(missingSupport(lists, sources));
    const lost = missingSupport(lists, all).filter((each) => !missingBefore.has(each));
    const found = [...lost, ...(await unanswered(questions, client))];
    problems.push(...found.map((each) => `Patient/${member.patientId}: ${each}`));
    console.log(`      Patient/${member.patientId}: ${questions.length} searches asked`);
  }
  return problems;
}

/**
 * @param root folder of the project
 * @param directory where the preview keeps its data
 * @param seen gets what was read of the members of the preview
 * @returns what the guides ask for and the preview does not serve
 */
export async function conformanceProblems(
  root: string,
  directory: string,
  tenants: readonly PreviewTenant[],
  seen: SeenRecords,
): Promise<string[]> {
  const problems: string[] = [];
  const [, second] = tenants;
  for (const tenant of tenants) {
    const lists = listsUpTo(await chosenSet(tenant));
    problems.push(...(await problemsAt(tenant, lists, seen)));
    if (tenant === second) problems.push(...(await problemsOfOtherData(root, directory, tenant, lists)));
  }
  return problems;
}
