/** Calls the engine directly, for tests that send thousands of searches. */
import { createReadPool } from '@patient-access/database';
import { type Owner, ownersOf } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import { Cursors } from '../../src/serve/cursor.ts';
import type { Engine } from '../../src/serve/engine.ts';
import { serve } from '../../src/serve/serve.ts';
import type { World } from '../world.ts';

export interface PageIds {
  status: number;
  text: string;
  /** ids of the page, sorted */
  ids: string[];
}

/** Searches a type; `query` is encoded. */
export type SearchInProcess = (claims: TokenClaims, type: string, query: string) => Promise<PageIds>;

const FULL_URL = /"fullUrl":"[^"]*\/([^"/]+)"/g;

/** One engine for each owner. All of them use the one database of the world. */
export async function inProcess(world: World, publicUrl: string) {
  const pool = await createReadPool(world.urls.service, { max: 4 });
  const engineOf = (owner: Owner): Engine => ({
    owner,
    pool,
    cursors: new Cursors(['cursor-secret-of-the-tests-0123456789']),
    publicUrl,
    record: () => Promise.resolve(),
    mayDisclose: () => true,
    count: () => undefined,
    onError: (error) => console.error(error),
  });
  const search: SearchInProcess = async (claims, type, query) => {
    const { status, body } = await serve(
      engineOf(ownersOf(type)[0] as Owner),
      {
        requestId: '019abcde-0000-7000-8000-000000000001',
        tenant: claims.tenant,
        method: 'GET',
        path: type,
        parameters: { query },
        conditions: {},
        address: '127.0.0.1',
      },
      claims,
    );
    const text = body.toString();
    return { status, text, ids: [...text.matchAll(FULL_URL)].map(([, id = '']) => id).sort() };
  };
  return { search, stop: () => pool.end() };
}
