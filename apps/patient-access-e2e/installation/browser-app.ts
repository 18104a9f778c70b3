/**
 * A member app that runs in the browser. It consists of SMART JS (fhirclient) and two pages on an origin of their
 * own.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

const SMART_JS = readFileSync(createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js'));

/** The launch page. The test sets `client_id` and `scope`; whoever launches the app sets `iss` and `launch`. */
const LAUNCH_PAGE = `<!doctype html><title>launching</title><script src="fhir-client.js"></script><script>
  const query = new URLSearchParams(location.search);
  FHIR.oauth2
    .authorize({ clientId: query.get('client_id'), scope: query.get('scope'), redirectUri: 'app.html' })
    .catch((error) => (document.title = 'failed: ' + error.message));
</script>`;

const APP_PAGE = `<!doctype html><title>starting</title><script src="fhir-client.js"></script><script>
  FHIR.oauth2.ready().then(
    (client) => { window.client = client; document.title = 'ready'; },
    (error) => { document.title = 'failed: ' + error.message; },
  );
</script>`;

const FILES: ServedFiles = new Map<string, [type: string, content: string | Buffer]>([
  ['/launch.html', ['text/html', LAUNCH_PAGE]],
  ['/app.html', ['text/html', APP_PAGE]],
  ['/fhir-client.js', ['text/javascript', SMART_JS]],
]);

export interface BrowserApp {
  redirectUri: string;
  /** @param iss FHIR base @param launch from the payer's portal, if the portal launches the app */
  launchUrl(registered: { clientId: string; scope: string; iss: string; launch?: string }): string;
  stop(): Promise<void>;
}

/** Files of a web server: media type and content by path. */
export type ServedFiles = ReadonlyMap<string, [type: string, content: string | Buffer]>;

/** Serves files on a free port, which is an origin of its own. */
export async function serveFiles(files: ServedFiles): Promise<{ origin: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const [type, content] = files.get(new URL(request.url ?? '', 'http://app').pathname) ?? [];
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(content);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Serves the app on a free port. */
export async function serveBrowserApp(): Promise<BrowserApp> {
  const { origin, stop } = await serveFiles(FILES);
  return {
    redirectUri: `${origin}/app.html`,
    launchUrl: ({ clientId, scope, iss, launch }) =>
      `${origin}/launch.html?${new URLSearchParams({ client_id: clientId, scope, iss, ...(launch && { launch }) })}`,
    stop,
  };
}
