/** What the members' pages read of an AuditEvent, as audit-service writes them (IHE BALP). */

interface Coding {
  system?: string;
  code?: string;
}

interface Agent {
  type?: { coding?: Coding[] };
  who?: { reference?: string; display?: string; identifier?: { system?: string; value?: string } };
}

interface Extension {
  url: string;
  valueCode?: string;
  valueUnsignedInt?: number;
  extension?: Extension[];
}

export interface AuditEvent {
  id: string;
  recorded: string;
  outcome: string;
  outcomeDesc?: string;
  type: Coding;
  subtype?: Coding[];
  agent: Agent[];
  extension?: Extension[];
}

const OWN = 'urn:payer-patient-access:';
const OWN_EVENT = `${OWN}event`;
const REST = 'rest';

/** One thing that happened to somebody's data. */
export interface Fact {
  /** ISO 8601 */
  at: string;
  app: { id: string; name: string };
  /** subject identifier of the login that the app acted for */
  login?: string;
  happened:
    | { kind: 'read'; counts: ReadonlyMap<string, number> }
    | { kind: 'refused' | 'failed'; reason: string }
    /** what became of a consent: `grant`, `revoke`, `deny` … */
    | { kind: 'consent'; action: string };
}

function countsOf({ extension = [] }: AuditEvent): Map<string, number> {
  const disclosed = extension.filter(({ url }) => url === `${OWN}disclosed`);
  return new Map(
    disclosed.map(({ extension: parts = [] }) => [
      parts.find(({ url }) => url === 'type')?.valueCode ?? '',
      parts.find(({ url }) => url === 'count')?.valueUnsignedInt ?? 0,
    ]),
  );
}

function happened(event: AuditEvent): Fact['happened'] | undefined {
  const { type, subtype = [], outcome, outcomeDesc: reason = '' } = event;
  if (type.code !== REST) {
    const own = subtype.find(({ system }) => system === OWN_EVENT)?.code ?? '';
    const action = /^consent-(.+)$/.exec(own)?.[1];
    return action === undefined ? undefined : { kind: 'consent', action };
  }
  if (outcome === '0') return { kind: 'read', counts: countsOf(event) };
  return { kind: outcome === '12' ? 'failed' : 'refused', reason };
}

/** @returns undefined for what is nothing to tell a member: a login, a token */
export function factOf(event: AuditEvent): Fact | undefined {
  const what = happened(event);
  // The app comes first, or there is none: then it was the plan itself.
  const [app] = event.agent;
  const person = event.agent.find(({ type }) => type?.coding?.some(({ code }) => code === 'IRCP'));
  const id = app?.who?.identifier?.value ?? '';
  if (!what || app === undefined) return undefined;
  return {
    at: event.recorded,
    app: { id, name: app.who?.display ?? id },
    ...(person?.who?.identifier?.value !== undefined && { login: person.who.identifier.value }),
    happened: what,
  };
}
