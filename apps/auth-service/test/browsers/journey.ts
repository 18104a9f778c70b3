/** A member's way through login and consent in one tab of a browser, and the app to which it leads. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type BrowserEngine,
  type EngineName,
  startEngine,
  type Tab,
  waitUntil,
} from '@patient-access/testing';
import { registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

interface CallbackApp {
  /** the redirect URI that it registers */
  callback: string;
  /** another one: the page in a popup that tells its opener the answer */
  inPopup: string;
  /** @returns its page with a button that opens an address in a popup, and that says what the popup told */
  openerOf(address: string): string;
  /** the queries with which browsers came, in order */
  received: URLSearchParams[];
  stop(): void;
}

const OPENER_PAGE = `<!doctype html><title>opener</title><button id="open">Log in</button><p>waits</p><script>
  const to = new URLSearchParams(location.search).get('to');
  document.querySelector('#open').onclick = () => open(to, 'login', 'popup,width=500,height=700');
  onmessage = ({ data }) => { document.querySelector('p').textContent = 'told ' + data; };
</script>`;
const POPUP_PAGE = `<!doctype html><title>popup</title><p>in the popup</p><script>
  opener?.postMessage(location.search, location.origin);
</script>`;

/** An app whose callback leads on to another host, as many do. Without a script, `localhost` is another host. */
async function startCallbackApp(): Promise<CallbackApp> {
  const received: URLSearchParams[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/callback') {
      received.push(url.searchParams);
      const { port } = server.address() as AddressInfo;
      const home = `http://localhost:${port}/home`;
      return response.writeHead(302, { location: home }).end();
    }
    response.setHeader('content-type', 'text/html');
    const scripted = { '/opener': OPENER_PAGE, '/popup': POPUP_PAGE }[url.pathname];
    return response.end(scripted ?? '<title>app</title><p>back in the app</p>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    callback: `${origin}/callback`,
    inPopup: `${origin}/popup`,
    openerOf: (address) => `${origin}/opener?${new URLSearchParams({ to: address })}`,
    received,
    stop: () => server.close(),
  };
}

/** The service, one browser, and an app that logs members in. */
export interface Journey {
  world: World;
  engine: BrowserEngine;
  callbackApp: CallbackApp;
  app: RegisteredApp;
  /** @returns a tab in which a new request of the app was opened */
  begin(): Promise<{ tab: Tab; verifier: string }>;
  stop(): Promise<void>;
}

/** @param shared a service that runs already, and that whoever started it stops */
export async function startJourney(name: EngineName, shared?: World): Promise<Journey> {
  const [world, engine, callbackApp] = await Promise.all([
    shared ?? startWorld(),
    startEngine(name),
    startCallbackApp(),
  ]);
  const app = await registerApp(world, { redirect_uris: [callbackApp.callback] });
  return {
    ...{ world, engine, callbackApp, app },
    async begin() {
      const tab = await engine.newTab();
      const { url, verifier } = startAuthorization(world, app);
      await tab.open(url);
      return { tab, verifier };
    },
    async stop() {
      await engine.stop();
      callbackApp.stop();
      if (!shared) await world.stop();
    },
  };
}

/** Waits until the page shows a text: a click does not wait for the page to which it leads. */
export async function seesText(tab: Tab, text: RegExp): Promise<boolean> {
  let seen = '';
  const ask = async () => {
    seen = await tab.text().catch(String);
    return text.test(seen);
  };
  return waitUntil(ask, { failure: () => `${text}, but ${seen}` });
}

export async function logIn(
  tab: Tab,
  login: string,
  press = (button: string) => tab.click(button),
): Promise<void> {
  await tab.fill('#login', login);
  await tab.fill('#password', PASSWORD);
  await press('button[value=login]');
}

/** Engines treat a page that is left before it is whole as one that was never there, so this waits until it is. */
export async function goBack(tab: Tab): Promise<void> {
  const isWhole = async () =>
    (await tab.evaluate('document.readyState').catch(() => undefined)) === 'complete';
  await waitUntil(isWhole);
  await tab.back();
  await waitUntil(isWhole);
}

export const isAtApp = (tab: Tab): Promise<boolean> => seesText(tab, /back in the app/);
