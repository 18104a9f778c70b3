/** People who may make an account alone, at a plan to which upper and lower case of a number are the same. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import type { Administration } from '../../src/domain/administration/administration.ts';
import { putPlanPerson } from '../../src/domain/administration/members/joiners.ts';
import { makeLetters } from '../../src/domain/administration/members/letters.ts';
import { loadPlanPeople } from '../../src/domain/administration/members/member-load.ts';
import { findPerson, ownAddress } from '../../src/domain/joining/find-person.ts';
import { joiningKey } from '../../src/domain/joining/joined.ts';
import { administrationOf } from '../administration.ts';
import { loadMembers } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const ANN = {
  names: [{ given: 'Ann', family: 'Gray' }],
  birthDate: '1980-05-05',
  contacts: [{ email: 'ann@mail.example' }],
};
const CLAIMED = { number: 'NW-77a', given: 'Ann', family: 'Gray', birthDate: '1980-05-05' };
const opens = (number: string, id = 'ann') =>
  JSON.stringify({ number, patients: [{ id, relationship: 'self', name: 'Ann Gray' }] });

describe('a number in another case', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });
  beforeEach(async () => {
    await world.db.query('TRUNCATE plan_person CASCADE; TRUNCATE plan_member');
  });

  function inAnyCase(ignoreCase = true): Administration {
    const { tenant, ...others } = administrationOf(pool);
    const federation = { memberNumber: { ignoreCase } } as never;
    const join = { minAge: 18, letterDays: 10 };
    return { ...others, tenant: { ...tenant, settings: { ...tenant.settings, join, federation } } };
  }
  const put = (number: string, person: object, admin = inAnyCase()) =>
    putPlanPerson(admin, [world.master], number, person);
  function load(...people: object[]) {
    const file = people.map((person) => JSON.stringify(person)).join('\n');
    return loadPlanPeople(inAnyCase(), [world.master], Readable.from([Buffer.from(file)]), {
      reject(line) {
        throw new Error(line);
      },
    });
  }
  const stored = async () =>
    (
      await world.db.query<{ number: string }>('SELECT number FROM plan_person ORDER BY number COLLATE "C"')
    ).rows.map(({ number }) => number);
  /** Who makes an account with the number on the card, and the address to which the code goes. */
  async function joiner() {
    const { tenant } = inAnyCase();
    const { found, refusal } = await findPerson(pool, joiningKey([world.master]), tenant, CLAIMED);
    if (refusal !== undefined || !found) return refusal;
    return { ...found, ...(await ownAddress(pool, tenant.id, found, 'email')) };
  }
  const HER = { number: 'NW-77a', person: 'Patient/ann', patient: 'ann', address: 'ann@mail.example' };

  it('at the route of a person is the number that the plan has', async () => {
    await loadMembers(world, opens('NW-77a'));
    await put('nw-77A', ANN);
    expect([await stored(), await joiner()]).toEqual([['NW-77a'], HER]);
    await put('NW-77A', { names: [] });
    expect(await stored()).toEqual([]);
    await loadMembers(world, opens('nw-77a', 'amy'));
    await expect(put('NW-77A', ANN)).rejects.toThrow('in upper and lower case');
  });

  it('that was said before the plan had loaded the number makes nobody two people', async () => {
    expect(await load({ number: 'nw-77a', ...ANN })).toMatchObject({ set: 1 });
    await loadMembers(world, opens('NW-77a'));
    expect(await load({ number: 'nw-77a', ...ANN })).toMatchObject({ set: 1 });
    expect([await stored(), await joiner()]).toEqual([['NW-77a'], HER]);
    expect(await load({ number: 'nw-77a', ...ANN })).toMatchObject({ unchanged: 1 });
  });

  it('that is stored beside her number goes with the next file, and with the line that takes her out', async () => {
    await loadMembers(world, `${opens('NW-77a')}\n${opens('NW-77b', 'bea')}\n${opens('nw-77B', 'bob')}`);
    const together = [
      { number: 'NW-77b', ...ANN },
      { number: 'nw-77B', ...ANN },
    ];
    await load({ number: 'NW-77a', ...ANN, contacts: [] }, ...together);
    await put('nw-77a', ANN, inAnyCase(false));
    expect([await stored(), await joiner()]).toEqual([
      ['NW-77a', 'NW-77b', 'nw-77B', 'nw-77a'],
      'several-people',
    ]);
    expect(await load({ number: 'NW-77a', ...ANN, contacts: [] }, ...together)).toMatchObject({
      set: 1,
      unchanged: 2,
    });
    // Those who are two people to the plan stay two.
    expect(await stored()).toEqual(['NW-77a', 'NW-77b', 'nw-77B']);

    await put('nw-77a', ANN, inAnyCase(false));
    expect(await load({ number: 'NW-77a', names: [] })).toMatchObject({ set: 1 });
    expect(await stored()).toEqual(['NW-77b', 'nw-77B']);
  });

  it('in a file of letters is the number that the plan has, and one letter', async () => {
    await loadMembers(world, opens('NW-77a'));
    await load({ number: 'NW-77a', ...ANN });
    const [written, said]: [string[], string[]] = [[], []];
    const file = Readable.from([Buffer.from('nw-77a\nNW-404\nNW-77A\n')]);
    const result = await makeLetters(inAnyCase(), [world.master], file, {
      write: ({ number }) => written.push(number),
      reject: (text) => said.push(text),
    });
    expect([result, written]).toEqual([{ letters: 1, rejected: 1 }, ['NW-77a']]);
    expect(said).toEqual(['line 2: nobody who may make an account, or somebody who has one']);
  });
});
