/** Tells in one line why the preview cannot be reached where it says that it is. */
import { lookup } from 'node:dns/promises';
import { freePort, listenError, takePort } from '@patient-access/testing';

/** The gateway of the preview and the sites beside it listen there. */
const LOOPBACK = '127.0.0.1';

const MAX_PORT = 65_535;
const OTHER_PORT = 'choose another: PORT=8090 npm start';

/** @returns undefined where nothing is in the way. An address that the machine does not have is no hindrance. */
export function hindrance(error: string | undefined, port: number, address: string): string | undefined {
  switch (error) {
    case undefined:
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return undefined;
    case 'EADDRINUSE':
      return address === LOOPBACK
        ? `port ${port} is in use; ${OTHER_PORT}`
        : `port ${port} is in use at ${address}, which localhost means too; ${OTHER_PORT}`;
    case 'EACCES':
      return `port ${port} is for the administrator of this machine; ${OTHER_PORT}`;
    default:
      return `cannot listen at port ${port} of ${address} (${error}); ${OTHER_PORT}`;
  }
}

/** @returns what the name means on this machine: one address or several, as `127.0.0.1` and `::1` */
const addressesOfLocalhost = async (): Promise<string[]> =>
  (await lookup('localhost', { all: true }).catch(() => [])).map(({ address }) => address);

/**
 * @param localhost what that name means
 * @throws Error with one line when clients cannot reach a server of ours under its public URL
 */
export async function refuseAddress(
  publicUrl: string,
  port: number,
  localhost?: readonly string[],
): Promise<void> {
  const refuse = async (address: string) => {
    const line = hindrance(await listenError(port, address), port, address);
    if (line) throw new Error(line);
  };
  await refuse(LOOPBACK);
  if (new URL(publicUrl).hostname !== 'localhost') return;
  const addresses = localhost ?? (await addressesOfLocalhost());
  if (!addresses.includes(LOOPBACK))
    throw new Error(
      `localhost does not mean ${LOOPBACK} on this machine, and the preview listens there: PUBLIC_URL=http://${LOOPBACK}:${port} npm start`,
    );
  for (const address of addresses) await refuse(address);
}

/** The sites beside the API, by the distance of their ports from its own. */
const SITES = { developers: 1, testClient: 2 };

/**
 * A site beside the API has a port after the one of the API where that is free. Its host is another
 * name for this machine than the one of the API, because browsers send cookies to all ports of a host.
 *
 * @param url where browsers find the site; undefined: at that port
 * @returns where browsers find the site, and the port at which it listens
 */
export async function siteAddress(
  site: keyof typeof SITES,
  { port, publicUrl }: { port: number; publicUrl: string },
  url?: string,
): Promise<{ url: string; port: number }> {
  const next = port + SITES[site];
  const isOurs = next <= MAX_PORT && (await takePort(next));
  const own = isOurs ? next : await freePort();
  const host = new URL(publicUrl).hostname === LOOPBACK ? 'localhost' : LOOPBACK;
  return { url: url ?? `http://${host}:${own}`, port: own };
}
