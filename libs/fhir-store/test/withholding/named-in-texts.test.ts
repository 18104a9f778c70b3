/** What is withheld is named nowhere: not in `meta`, not in a URI, not in a note (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md). */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { condition } from '@patient-access/testing';
import { ETH } from '../related/world.ts';
import { asMember, startWorld, type World } from '../world.ts';

const [system = '', code = ''] = ETH.split('|');
const labelled = { meta: { security: [{ system, code }] } };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const procedure = (id: string, more: object): Resource => ({
  ...{ resourceType: 'Procedure', id, status: 'completed', subject: { reference: 'Patient/anna' } },
  ...more,
});
const note = (text: string) => ({ note: [{ text }, { text: 'stays' }] });
const narrative = (words: string) => ({
  text: { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml">${words}</div>` },
});

const read = async (path: string, ...sensitive: string[]) =>
  (await (await asMember(world, 'north', 'anna', { sensitive }))(path)).text;

it.each(['before', 'after'])('texts with its address are left out; the label came %s them', async (when) => {
  const named = `Condition/${when}`;
  const naming = [
    procedure(`source-${when}`, {
      meta: { source: `https://plan.example/payer/patient-access/v2/north/${named}` },
    }),
    procedure(`uri-${when}`, { instantiatesUri: [named] }),
    procedure(`note-${when}`, note(`See [the diagnosis](${named}).`)),
    procedure(`words-${when}`, narrative(`See ${named}`)),
  ];
  await world.store('north', condition(when, 'anna', when === 'before' ? labelled : {}));
  await world.store('north', ...naming);
  await world.store('north', condition(when, 'anna', labelled));
  for (const { id } of naming)
    for (const path of [`Procedure/${id}`, `Procedure/${id}/_history`, `Procedure?_id=${id}`]) {
      expect(await read(path)).not.toContain(named);
      expect(await read(path, ETH)).toContain(named);
    }
  expect(JSON.parse(await read(`Procedure/note-${when}`))).toMatchObject({ note: [{ text: 'stays' }] });
});

const OTHERWISE = /&#|%2/;

it.each(['before', 'after'])(
  'so are texts in which it is written otherwise; the label came %s them',
  async (when) => {
    const named = `Condition/entity-${when}`;
    const viewer = 'https://viewer.example/?ref';
    const naming = [
      procedure(`slash-${when}`, narrative(`See ${named.replace('/', '&#x2F;')}`)),
      procedure(`hyphen-${when}`, note(`See [the diagnosis](${named.replace('-', '&#45;')}).`)),
      procedure(`letter-${when}`, note(`See ${named.replace('y', '&#X79;')}.`)),
      procedure(`link-${when}`, narrative(`<a href="${named.replace('/', '&#47;')}/">this</a>`)),
      procedure(`query-${when}`, note(`See ${viewer}=${encodeURIComponent(named)}.`)),
      procedure(`encoded-${when}`, note(`See ${viewer}%3D${encodeURIComponent(encodeURIComponent(named))}.`)),
      procedure(`both-${when}`, narrative(`<a href="?ref=${named.replace('/', '&#x25;2F')}">this</a>`)),
    ];
    await world.store('north', condition(`entity-${when}`, 'anna', when === 'before' ? labelled : {}));
    await world.store('north', ...naming);
    await world.store('north', condition(`entity-${when}`, 'anna', labelled));
    for (const { id } of naming)
      for (const path of [`Procedure/${id}`, `Procedure/${id}/_history`, `Procedure?_id=${id}`]) {
        expect(await read(path)).not.toMatch(OTHERWISE);
        expect(await read(path, ETH)).toMatch(OTHERWISE);
      }
  },
);

it.each(['before', 'after'])(
  'narratives tell nothing of who is left out; the label came %s them',
  async (when) => {
    const counselor = (more: object = {}) => ({
      resourceType: 'Practitioner',
      id: `counselor-${when}`,
      ...more,
    });
    const [words, inner] = ['Addiction counselor: Dr. Jones', 'Counsels on drinking'];
    const team: Resource = {
      ...{ resourceType: 'CareTeam', id: `team-${when}`, status: 'active', ...narrative(words) },
      subject: { reference: 'Patient/anna' },
      contained: [{ resourceType: 'Organization', id: 'clinic', ...narrative(inner) }],
      managingOrganization: [{ reference: '#clinic' }],
      participant: [
        { role: [{ text: 'counselor' }], member: { reference: `Practitioner/counselor-${when}` } },
        { role: [{ text: 'friend' }], member: { display: 'Ann' } },
      ],
    };
    await world.store('north', counselor(when === 'before' ? labelled : {}));
    await world.store('north', team);
    if (when === 'after') expect(await read(`CareTeam/${team.id}`)).toContain(words);
    await world.store('north', counselor(labelled));
    const search = `CareTeam?_id=${team.id}`;
    const searches = [search, `${search}&_summary=text`, `${search}&_elements=text`];
    for (const path of [
      `CareTeam/${team.id}`,
      `CareTeam/${team.id}/_history`,
      ...searches,
      'Patient/anna/$everything',
    ]) {
      const [withheld, released] = [await read(path), await read(path, ETH)];
      expect([path, withheld]).toEqual([path, expect.stringContaining(`"${team.id}"`)]);
      for (const each of [words, inner])
        expect([path, withheld]).toEqual([path, expect.not.stringContaining(each)]);
      expect([path, released]).toEqual([path, expect.stringContaining(words)]);
    }
  },
);
