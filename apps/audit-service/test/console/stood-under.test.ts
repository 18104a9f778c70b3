/** What pages and files say of a person whose records stood under another Patient for a time, and of that Patient. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asAuditor } from '../auditor-search/auditors.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';
import { fileLines, pageWords, PERIOD } from './trail.ts';

describe('records that stood under another Patient', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  const take = async (path: string) => (await asAuditor(world, 'northwind', '/internal/console'))(path);

  it('O119: says of a person whose records stood under another Patient what is there, and what is in no file about her', async () => {
    const events = ['gina', 'gina-9'].map((member) =>
      accessEvent({ recorded: '2026-11-18T10:00:00.000Z', member, client: { id: 'gina-app' } }),
    );
    await world.deliver(asLines(...events));
    const hers = await take(`member?patient=gina-9&${PERIOD}`);
    expect(pageWords(hers)).toContain(
      'Records of this person stood under Patient/gina for a time. What was done with them then is not below.',
    );
    expect(hers.text).toMatch(/href="\/audit\/northwind\/member\?[^"]*patient=gina"/);
    expect(pageWords(await take(`member?patient=gina&${PERIOD}`))).toContain(
      'Records of Patient/gina-9 stood under Patient/gina for a time. What is below may be about them.',
    );
    const accounting = fileLines(await take(`disclosures.csv?patient=gina-9&${PERIOD}`)).at(-1);
    expect(accounting).toContain('NOT ALL: records of this member stood under another Patient for a time');
    expect(accounting).not.toContain('Patient/gina ');
    const other = fileLines(await take(`disclosures.csv?patient=gina&${PERIOD}`)).at(-1);
    expect(other).not.toContain('stood under');
    expect(fileLines(await take(`notice.csv?app=gina-app&${PERIOD}`)).at(-1)).toContain(
      'may have left: those of Patient/gina-9 under Patient/gina.',
    );
  });

  it('O119: names in a notice whose records a split took from the survivor of a merge, and nobody who is one person again', async () => {
    const read = (member: string, client: string) =>
      accessEvent({ recorded: '2026-11-18T10:00:00.000Z', member, client: { id: client } });
    await world.deliver(
      asLines(read('hugo-1', 'hugo-app'), read('hugo', 'hugo-app'), read('hugo-1', 'hugo-1-app')),
    );
    for (const app of ['hugo-app', 'hugo-1-app'])
      expect(fileLines(await take(`notice.csv?app=${app}&${PERIOD}`)).at(-1)).toContain(
        'may have left: those of Patient/hugo-9 under Patient/hugo.',
      );
  });

  it('O119: a page says of a replaced id that had records of somebody else that these are not below', async () => {
    await world.deliver(asLines(accessEvent({ recorded: '2026-11-18T10:00:00.000Z', member: 'ivo' })));
    expect(pageWords(await take(`member?patient=ivo&${PERIOD}`))).toContain(
      'Records of Patient/ivo-9 stood under Patient/ivo-1 for a time. What was done with them then is not below.',
    );
  });
});
