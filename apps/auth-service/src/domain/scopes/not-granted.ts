/** Says to an app which of the scopes that it asked for it did not get, and why (RFC 6749 section 3.3). */
import { definitions, nearestName } from '@patient-access/fhir';
import {
  covers,
  formatScope,
  isAboutResources,
  parseResourceScope,
  type ResourceScope,
  resourceScopes,
  splitScope,
} from '@patient-access/smart';
import { IDENTITY_SCOPES, isNamedOnly, readable } from './scopes.ts';

/**
 * - `unknown`: there is no such scope.
 * - `not-offered`: this API, or this plan for this person, has nothing that it could open.
 * - `by-name-only`: no wildcard covers it; ask for it by its name.
 * - `not-agreed`: the member left it out, or a part of it.
 * - `not-for-this-app`: the app cannot have it, because of its registration or of how it was started.
 */
type NotGrantedReason = 'unknown' | 'not-offered' | 'by-name-only' | 'not-agreed' | 'not-for-this-app';

/** A member of a token response and of the answer to a pushed request. */
export interface NotGranted {
  scope: string;
  reason: NotGrantedReason;
  /** for the app's developer: what to do */
  text: string;
}

/** What the registration of an app lets it have. */
interface ForApp {
  /** whether it may have refresh tokens */
  refreshable: boolean;
  /** all that the plan approved, space-separated; undefined: nothing is fixed */
  approved?: string;
}

type Why = Pick<NotGranted, 'reason' | 'text'>;

const why = (reason: NotGrantedReason, text: string): Why => ({ reason, text });

const IDENTITY = new Set<string>(IDENTITY_SCOPES);
const FOR_REFRESH = new Set(['offline_access', 'online_access']);

const NOT_AGREED = why('not-agreed', 'The member did not agree to it. Ask again when the member needs it.');

function meant(name: string, names: Iterable<string>): string {
  const near = nearestName(name, names);
  return near === undefined ? '' : ` Is ${near} meant?`;
}

const NOT_APPROVED = why(
  'not-for-this-app',
  'The plan approved the app without it. Propose a change of the app at the plan’s pages for developers.',
);

function whyNoResource(
  scope: ResourceScope,
  granted: readonly ResourceScope[],
  approved: readonly ResourceScope[] | undefined,
): Why | undefined {
  const { context, type } = scope;
  if (type !== '*' && !definitions.has(type))
    return why('unknown', `This API has no type ${type}.${meant(type, definitions.keys())}`);
  if (context === 'system')
    return why(
      'not-for-this-app',
      'system/ scopes are for backend services that the plan registers. Ask for patient/ scopes.',
    );
  const served = readable(scope);
  if (!served)
    return why('not-offered', 'This API reads and searches, and nothing writes. Ask for .rs (or .read).');
  if (approved && !covers(approved, served, isNamedOnly)) return NOT_APPROVED;
  if (!covers(granted, served, isNamedOnly))
    return type === '*'
      ? why('not-agreed', 'The member did not agree to all of it. scope names what was granted.')
      : NOT_AGREED;
  const isWider = [...scope.permissions].some((letter) => !served.permissions.has(letter));
  return isWider
    ? why(
        'not-offered',
        `Only ${formatScope(served)} of it is offered: this API reads and searches, and nothing writes.`,
      )
    : undefined;
}

function whyNoIdentity(
  text: string,
  all: ReadonlySet<string>,
  { refreshable, approved }: ForApp,
): Why | undefined {
  if (text === 'online_access' && all.has('offline_access')) return undefined;
  if (approved !== undefined && !splitScope(approved).includes(text)) return NOT_APPROVED;
  if (FOR_REFRESH.has(text) && !refreshable)
    return why('not-for-this-app', 'The client did not register the grant type refresh_token.');
  if (text === 'launch')
    return why(
      'not-for-this-app',
      'No portal opened this launch. launch needs the parameter launch; a standalone app asks for launch/patient.',
    );
  if (text === 'fhirUser')
    return why('not-offered', 'The plan has no FHIR resource for this login that the app could read.');
  return NOT_AGREED;
}

/** Types that no wildcard opens, and that a wildcard would be expected to. */
function namedOnly(asked: readonly ResourceScope[]): NotGranted[] {
  const wide = asked.filter(({ context, type }) => type === '*' && context !== 'system');
  const [first] = wide;
  if (!first) return [];
  return [...definitions.keys()]
    .filter((type) => isNamedOnly(type) && !asked.some((scope) => scope.type === type))
    .map((type) => {
      const scope = `${first.context}/${type}.rs`;
      const text = `${formatScope(first)} does not cover ${type}: ask for ${scope} by name.`;
      return { scope, reason: 'by-name-only', text };
    });
}

/**
 * @param asked the scope as the app wrote it
 * @param granted the scope of the token; at a pushed request, what can be granted
 */
export function notGranted(asked: string, granted: string, app: ForApp): NotGranted[] {
  const texts = [...new Set(splitScope(asked))];
  const all = new Set(texts);
  const given = new Set(splitScope(granted));
  const opened = resourceScopes(granted);
  const approved = app.approved === undefined ? undefined : resourceScopes(app.approved);
  const resources = texts.flatMap((text) => parseResourceScope(text) ?? []);
  const found = texts.flatMap((text): NotGranted[] => {
    if (given.has(text)) return [];
    const resource = isAboutResources(text) ? parseResourceScope(text) : undefined;
    const reason = resource
      ? whyNoResource(resource, opened, approved)
      : IDENTITY.has(text)
        ? whyNoIdentity(text, all, app)
        : why('unknown', `There is no such scope.${meant(text, IDENTITY)}`);
    return reason ? [{ scope: text, ...reason }] : [];
  });
  return [...found, ...namedOnly(resources)];
}
