/** The apps of members, as the drill uses them. */
import { FhirClient, launch, type Session } from '@patient-access/first-call';
import type { PreviewTenant } from '@patient-access/preview';
import * as oidc from 'openid-client';

const SCOPE = 'openid fhirUser launch/patient offline_access patient/*.rs patient/AuditEvent.rs';

/** An app that a member has agreed to. */
export class MemberApp {
  readonly requestIds: string[] = [];
  private readonly plan: PreviewTenant;
  private session: Session;
  private client: FhirClient;

  private constructor(plan: PreviewTenant, session: Session) {
    this.plan = plan;
    this.session = session;
    this.client = new FhirClient(plan.fhirBase, session.accessToken);
  }

  /** @param persona how the login of the preview's member ends */
  static async connect(plan: PreviewTenant, persona: string): Promise<MemberApp> {
    const member = plan.members.find(({ login }) => login.endsWith(`.${persona}`));
    if (!member) throw new Error(`no preview member ${persona}`);
    const { login, password, patientId } = member;
    return new MemberApp(plan, await launch({ ...plan, login, password, patientId, scope: SCOPE }));
  }

  /** @returns the whole answer to a search */
  async search(path: string): Promise<{ status: number; text: string; requestId: string }> {
    const response = await this.client.get(path);
    const { status, headers } = response;
    const text = await response.text();
    const requestId = headers.get('x-request-id') ?? '';
    if (status === 200) this.requestIds.push(requestId);
    return { status, text, requestId };
  }

  /** @returns the status */
  async read(path = 'Patient'): Promise<number> {
    return (await this.search(path)).status;
  }

  /** The app goes on with new tokens. @throws Error of openid-client when the server gives none */
  async renew(): Promise<void> {
    const { config, refreshToken = '' } = this.session;
    const { access_token: accessToken, refresh_token: next = refreshToken } = await oidc.refreshTokenGrant(
      config,
      refreshToken,
    );
    this.session = { ...this.session, accessToken, refreshToken: next };
    this.client = new FhirClient(this.plan.fhirBase, accessToken);
  }

  /** @returns whether the refresh token was good; then the app goes on with new tokens */
  refresh(): Promise<boolean> {
    return this.renew().then(
      () => true,
      () => false,
    );
  }

  /** The member takes the grant back, by the app. */
  async revoke(): Promise<void> {
    await oidc.tokenRevocation(this.session.config, this.session.refreshToken ?? '');
  }

  /** @returns how many of some requests the member's trail has */
  async inTrail(requestIds: readonly string[]): Promise<number> {
    const events = (await this.client.search('AuditEvent?_count=100')) as unknown as {
      entity: { what?: { identifier?: { value?: string } } }[];
    }[];
    const known = new Set(events.map(({ entity: [request] }) => request?.what?.identifier?.value));
    return requestIds.filter((id) => known.has(id)).length;
  }
}
