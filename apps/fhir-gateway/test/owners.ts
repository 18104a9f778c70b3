/** A gateway with a separate owner for each service. Each owner answers as the test says. */
import type { ServerResponse } from 'node:http';
import type { Resource } from '@patient-access/fhir';
import { RECORD_SERVICES, type RecordService, urlSetting } from '@patient-access/topology';
import {
  bind,
  type Handler,
  type Party,
  type Received,
  startParty,
  startWorld,
  type World,
} from './world.ts';

/** The response of an owner: a body and headers, to which the binding is added, or a handler. */
type Said = { status?: number; headers?: Record<string, string>; body?: string } | Handler;

export interface Owners {
  world: World;
  of: Record<RecordService, Party>;
  /** sets the response of an owner, by method and path below the tenant, without query */
  say(owner: RecordService, at: string, said: Said): void;
  /** forgets the responses and the received requests */
  reset(): void;
  stop(): Promise<void>;
}

const SILENT: Said = { status: 404, body: '{"resourceType":"OperationOutcome"}' };

function answer(said: Said, request: Received, response: ServerResponse): unknown {
  bind(request, response);
  if (typeof said === 'function') return said(request, response);
  for (const [name, value] of Object.entries(said.headers ?? {})) response.setHeader(name, value);
  return response.writeHead(said.status ?? 200).end(said.body);
}

export async function startOwners(): Promise<Owners> {
  const answers = new Map<string, Said>();
  const party = (name: RecordService) =>
    startParty((request, response) => {
      const path = request.url.replace(/^\/northwind(?:~[a-z-]+)?\//, '').split('?')[0];
      return answer(answers.get(`${name} ${request.method} ${path}`) ?? SILENT, request, response);
    });
  const parties = await Promise.all(
    RECORD_SERVICES.map(async (service) => [service, await party(service)] as const),
  );
  const of = Object.fromEntries(parties) as Owners['of'];
  const world = await startWorld(
    Object.fromEntries(parties.map(([service, { url }]) => [urlSetting(service), url])),
  );
  return {
    world,
    of,
    say: (owner, at, said) => void answers.set(`${owner} ${at}`, said),
    reset() {
      answers.clear();
      for (const { received } of Object.values(of)) received.length = 0;
    },
    async stop() {
      await world.stop();
      await Promise.all(Object.values(of).map((each) => each.stop()));
    },
  };
}

const BASE_URL = 'https://plan.example/payer/patient-access/v2/northwind';

/** An entry as an owner writes it. `content` is JSON, which is not changed. */
export function entryOf(mode: 'match' | 'include', reference: string, content = '', version = 1): string {
  const [resourceType, id] = reference.split('/');
  const meta = JSON.stringify({ versionId: String(version) });
  const body = `{"resourceType":"${resourceType}","id":"${id}","meta":${meta}${content && `,${content}`}}`;
  return `{"fullUrl":"${BASE_URL}/${reference}","resource":${body},"search":{"mode":"${mode}"}}`;
}

/** A page as an owner writes it. */
export const pageOf = (entries: readonly string[], links = '[{"relation":"self","url":"x"}]') =>
  `{"resourceType":"Bundle","id":"b","type":"searchset","total":7,"link":${links}${entries.length > 0 ? `,"entry":[${entries.join(',')}]` : ''}}`;

export interface SearchPage {
  total: number;
  entry?: { resource: Resource; search: { mode: string } }[];
}

/** `mode Type/id` for each entry. */
export const entryNames = (text: string): string[] =>
  ((JSON.parse(text) as SearchPage).entry ?? []).map(
    ({ resource, search }) => `${search.mode} ${resource.resourceType}/${resource.id}`,
  );
