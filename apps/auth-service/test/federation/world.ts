/** A plan whose members log in at its own identity provider. */
import { startAuthorization, registerVerifiedApp, type RegisteredApp } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { configure, loadMembers } from '../configure.ts';
import { startWorld, type World } from '../world.ts';
import { CLIENT_ID, CLIENT_SECRET, type Idp, startIdp } from './idp.ts';

export interface FederatedWorld {
  world: World;
  idp: Idp;
  app: RegisteredApp;
  stop(): Promise<void>;
}

const line = (number: string, ...patients: [string, string, string][]) =>
  JSON.stringify({
    number,
    patients: patients.map(([id, relationship, name]) => ({ id, relationship, name })),
  });

const MEMBERS = [
  line('M-1', ['frida', 'self', 'Frida Lund']),
  line(
    'M-2',
    ['omar', 'self', 'Omar Haddad'],
    ['lina', 'child', 'Lina Haddad'],
    ['samir', 'child', 'Samir Haddad'],
  ),
  line('M-3', ['twin-a', 'self', 'Ann Gray'], ['twin-b', 'self', 'Amy Gray']),
].join('\n');

export const federation = (idp: Idp) => ({
  issuer: idp.issuer,
  name: 'Northwind Member Site',
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  memberClaim: 'member_number',
});

export async function startFederatedWorld(
  options: Parameters<typeof startWorld>[0] = {},
): Promise<FederatedWorld> {
  const world = await startWorld(options);
  const idp = await startIdp(`${world.url}/auth/northwind/federation/callback`);
  await configure(world, { nativeApps: true, federation: federation(idp), passwordLogin: false });
  await loadMembers(world, MEMBERS);
  idp.people
    .set('u-frida', { member_number: 'M-1', email: 'frida@mail.example' })
    .set('u-omar', { member_number: 'M-2', email: 'omar@mail.example' })
    .set('u-twin', { member_number: 'M-3' });
  const app = await registerVerifiedApp(world);
  return {
    world,
    idp,
    app,
    async stop() {
      await idp.close();
      await world.stop();
    },
  };
}

/** The target of the link on the login page. */
export function identityProviderLink({ html, url }: BrowserPage): string {
  const [, path] = /<a class="button [a-z]+" href="([^"]+)"/.exec(html) ?? [];
  if (path === undefined) throw new Error(`no link to the identity provider: ${html}`);
  return new URL(path, url).href;
}

export const locationOf = ({ headers, status, html }: BrowserPage): string => {
  const location = headers.get('location');
  if (location === null) throw new Error(`no redirect: ${status} ${html}`);
  return location;
};

/**
 * Starts at the app and logs in at the identity provider as `person`.
 *
 * @returns the address to which the identity provider sends the browser
 */
export async function leaveAndLogIn(
  { world, idp, app }: FederatedWorld,
  person: string | undefined,
  change: Record<string, string> = {},
  browser = new Browser(world.url),
): Promise<{ browser: Browser; login: BrowserPage; callback: string; verifier: string }> {
  const { url, verifier } = startAuthorization(world, app, change);
  const login = await browser.open(url);
  const away = locationOf(await browser.open(identityProviderLink(login)));
  idp.person = person;
  const callback = locationOf(await new Browser(idp.issuer).open(away));
  return { browser, login, callback, verifier };
}

/**
 * Completes the whole login.
 *
 * @returns the page that the member then sees
 */
export async function logInAtIdp(
  federated: FederatedWorld,
  person: string | undefined,
  change: Record<string, string> = {},
): Promise<{ browser: Browser; page: BrowserPage; verifier: string }> {
  const { browser, callback, verifier } = await leaveAndLogIn(federated, person, change);
  return { browser, page: await browser.open(callback), verifier };
}
