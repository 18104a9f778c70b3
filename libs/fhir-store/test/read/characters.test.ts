/** What is stored is what came, whatever characters its text has: resources of a batch share the parameters of one statement. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { type Asker, asMember, idsOf, startWorld, type World } from '../world.ts';

const TEXTS = [
  'a "quoted" word, a comma, {braces}, and a back\\slash',
  'NULL',
  '{"a":"b","c":[]}',
  'a separator of units \u001f between \u001e two \u0001',
  'two\nlines\r\nand\ta tab',
  '\u2028 \u007f \u00a0 \u200b',
  'Ångström 日本 🩺',
  "it's $1; -- 'quoted'",
];

const observation = (at: number, text: string): Resource => ({
  resourceType: 'Observation',
  id: `o${at}`,
  status: 'final',
  code: { text, coding: [{ system: 'urn:codes', code: `c${at}`, display: text }] },
  subject: { reference: 'Patient/anna' },
  note: [{ text }],
});

describe('the text of resources that are stored together', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld({}, 'clinical-service');
    await world.store('north', ...TEXTS.map((text, at) => observation(at, `before ${text}`)));
    await world.store('north', ...TEXTS.map((text, at) => observation(at, text)));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each([...TEXTS.entries()])('%i: %j is read as it came', async (at, text) => {
    const read = await anna(`Observation/o${at}`);
    const { meta: _meta, ...content } = JSON.parse(read.text) as Resource;
    expect(content).toEqual(observation(at, text));
    expect(idsOf(await anna(`Observation?code=urn:codes|c${at}`))).toEqual([`o${at}`]);
  });

  it.each([...TEXTS.entries()])('%i: %j was another version before', async (at, text) => {
    const history = JSON.parse((await anna(`Observation/o${at}/_history`)).text) as {
      entry: { resource: { note: { text: string }[] } }[];
    };
    const texts = history.entry.map(({ resource }) => resource.note[0]?.text);
    expect(texts).toEqual([text, `before ${text}`]);
  });
});
