/** The load: members' apps that read all the time, and remember every response. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { launch, register } from '@patient-access/first-call';
import type { PreviewDescription } from '@patient-access/preview';
import { FaultRandom } from './random.ts';

const SCOPE = 'openid fhirUser launch/patient patient/*.rs patient/AuditEvent.rs';
const MEMBERS_PER_TENANT = 2;
const TIMEOUT_MS = 10_000;
const AFTER_FAILURE_MS = 200;
const PAUSE_MS = 10;
const MAX_COUNT = 20;

/** A request and its response. */
export interface LoadRequest {
  /** unique among all requests; a search has it in its query */
  probe: string;
  /** the service that answers; it may ask other owners for included resources */
  owner: string;
  /** whether the gateway passes on the owner's body byte for byte */
  whole: boolean;
  /** undefined when no complete response arrived */
  answer?: { requestId: string; status: number; bodyHash: string };
}

interface Session {
  fhirBase: string;
  member: string;
  accessToken: string;
}

interface Kind {
  owner: string;
  path(member: string, count: number): string;
  completed?: true;
}

const KINDS: readonly Kind[] = [
  { owner: 'coverage-service', path: (member) => `Patient/${member}` },
  { owner: 'coverage-service', path: (_, count) => `Coverage?_count=${count}` },
  { owner: 'claims-service', path: (_, count) => `ExplanationOfBenefit?_count=${count}` },
  { owner: 'clinical-service', path: (_, count) => `Condition?_count=${count}` },
  { owner: 'clinical-service', path: (_, count) => `Observation?_count=${count}` },
  { owner: 'audit-service', path: (_, count) => `AuditEvent?_count=${count}` },
  { owner: 'coverage-service', path: () => 'Patient/nobody' },
  {
    owner: 'claims-service',
    path: (_, count) => `ExplanationOfBenefit?_include=ExplanationOfBenefit:coverage&_count=${count}`,
    completed: true,
  },
];

type Account = Parameters<typeof launch>[0];

/** The app of one preview member. It gets a new token when the old one is refused. */
class App {
  private readonly account: Account;
  private session: Session | undefined;

  constructor(account: Account) {
    this.account = account;
  }

  async current(): Promise<Session> {
    if (this.session) return this.session;
    const { patient, accessToken } = await launch(this.account, await register(this.account.issuer));
    this.session = { fhirBase: this.account.fhirBase, member: patient, accessToken };
    return this.session;
  }

  forget(): void {
    this.session = undefined;
  }
}

async function ask(app: App, kind: Kind, probe: string, count: number): Promise<LoadRequest> {
  const asked: LoadRequest = { probe, owner: kind.owner, whole: !kind.completed };
  const { fhirBase, member, accessToken } = await app.current();
  const path = kind.path(member, count);
  const url = `${fhirBase}/${path}${path.includes('?') ? `&probe=${probe}` : ''}`;
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status === 401) app.forget();
  const requestId = response.headers.get('x-request-id') ?? '';
  const bodyHash = createHash('sha256').update(body).digest('hex');
  return { ...asked, answer: { requestId, status: response.status, bodyHash } };
}

export class Load {
  readonly asked: LoadRequest[] = [];
  private readonly apps: App[];
  private readonly random: FaultRandom;
  private readonly run: string;
  private stopped = false;
  private running: Promise<unknown> | undefined;

  /** @param run name of the run, so that requests of two runs differ */
  constructor({ tenants }: PreviewDescription, seed: number, run: string) {
    this.random = new FaultRandom(seed);
    this.run = run;
    this.apps = tenants.flatMap(({ issuer, fhirBase, members }) =>
      members
        .slice(0, MEMBERS_PER_TENANT)
        .map(
          ({ login, password, patientId }) =>
            new App({ issuer, fhirBase, login, password, patientId, scope: SCOPE }),
        ),
    );
  }

  /** Resolves when every app has a token and the readers run. @param readers number of concurrent readers */
  async start(readers: number): Promise<void> {
    for (const app of this.apps) await app.current();
    this.running = Promise.all(Array.from({ length: readers }, () => this.read()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async read(): Promise<void> {
    while (!this.stopped) {
      const probe = `${this.run}-${this.asked.length}`;
      const kind = this.random.pick(KINDS);
      const place = this.asked.push({ probe, owner: kind.owner, whole: !kind.completed }) - 1;
      try {
        const count = Math.ceil(this.random.between(0, MAX_COUNT));
        this.asked[place] = await ask(this.random.pick(this.apps), kind, probe, count);
        await delay(PAUSE_MS);
      } catch {
        await delay(AFTER_FAILURE_MS);
      }
    }
  }
}
