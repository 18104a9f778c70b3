import { afterAll, describe, expect, it } from '@jest/globals';
import { checkResume } from '../../src/provider/patches/resume-check.ts';
import { authorize, get, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of Interaction.find at the resume', () => {
  /** Begins an authorization request, and goes on without an answer to its page. */
  async function resume(upstream: Upstream) {
    const { location = '', cookies } = await authorize(upstream);
    const uid = location.split('/').at(-1) ?? '';
    const answer = await get(`${upstream.url}/auth/${uid}`, { cookie: cookies });
    return { uid, answer, left: upstream.stored('Interaction').map(({ jti }) => jti) };
  }

  it('replaces a static method, which takes the id', async () => {
    const { provider } = await upstreams.start();
    expect(Object.hasOwn(provider.Interaction, 'find') || 'find' in provider.Interaction).toBe(true);
    expect(await provider.Interaction.find('unknown')).toBeUndefined();
  });

  it('is needed: upstream goes on from a page that nobody has answered, and deletes its interaction', async () => {
    const { uid, answer, left } = await resume(await upstreams.start());
    expect(answer.status).toBe(303);
    expect(left).toEqual([expect.not.stringMatching(uid)]);
  });

  it('asks before the interaction is deleted, and only there', async () => {
    const upstream = await upstreams.start();
    const asked: unknown[] = [];
    checkResume(upstream.provider, (_ctx, { uid }) => asked.push(uid) === 0);
    const { uid, answer, left } = await resume(upstream);
    expect([answer.status, left, asked]).toEqual([400, [uid], [uid]]);
    expect(await upstream.provider.Interaction.find(uid)).toMatchObject({ uid });
    expect(asked).toEqual([uid]);
  });

  it('goes on where it is allowed', async () => {
    const upstream = await upstreams.start();
    checkResume(upstream.provider, () => true);
    expect((await resume(upstream)).answer.status).toBe(303);
  });
});
