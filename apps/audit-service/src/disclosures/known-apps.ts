/** The apps of a plan as `npm run -s admin -- client list` prints them: where the plan can reach who makes them. */
import { z } from 'zod';

const ListedClients = z.array(
  z.looseObject({
    client_id: z.string(),
    client_name: z.string().optional(),
    publisher: z.string().optional(),
    client_uri: z.string().optional(),
    contacts: z.array(z.string()).optional(),
  }),
);

interface ReachableApp {
  name: string | undefined;
  publisher: string | undefined;
  webPage: string | undefined;
  contacts: readonly string[];
}
export type KnownApps = ReadonlyMap<string, ReachableApp>;

/** @param text JSON @throws Error when it is another list */
export function knownApps(text: string): KnownApps {
  const clients = ListedClients.parse(JSON.parse(text));
  return new Map(
    clients.map(({ client_id: id, client_name: name, publisher, client_uri: webPage, contacts = [] }) => [
      id,
      { name, publisher, webPage, contacts },
    ]),
  );
}
