import { afterAll, describe, expect, it } from '@jest/globals';
import { digest } from '../../src/domain/keys/secrets.ts';
import { compareHashedSecrets } from '../../src/provider/patches/hashed-client-secrets.ts';
import { postToUpstream, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of Client.prototype.compareClientSecret', () => {
  const SECRET = 'the secret that the client sends';
  const CONFIGURATION = {
    features: { clientCredentials: { enabled: true } },
    clients: [
      {
        client_id: 'service',
        client_secret: digest(SECRET),
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      } as const,
    ],
  };
  const statusWith = async ({ url }: Upstream, secret: string) => {
    const client = { client_id: 'service', client_secret: secret };
    return (await postToUpstream(`${url}/token`, { grant_type: 'client_credentials', ...client })).status;
  };

  it('replaces a method of the prototype, which takes the secret', async () => {
    const { provider } = await upstreams.start();
    const { value } = Object.getOwnPropertyDescriptor(provider.Client.prototype, 'compareClientSecret') ?? {};
    expect(value).toHaveLength(1);
  });

  it('is needed: upstream compares the sent secret with the stored text', async () => {
    const upstream = await upstreams.start(CONFIGURATION);
    expect(await statusWith(upstream, SECRET)).toBe(401);
    expect(await statusWith(upstream, digest(SECRET))).toBe(200);
  });

  it('compares the digest of the sent secret', async () => {
    const upstream = await upstreams.start(CONFIGURATION);
    compareHashedSecrets(upstream.provider);
    expect(await statusWith(upstream, SECRET)).toBe(200);
    expect(await statusWith(upstream, digest(SECRET))).toBe(401);
  });
});
