/** In which forms an address names a resource that is withheld, in links, in texts and elsewhere. */
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { servedTypes } from '../../src/definitions.ts';
import type { Resource } from '../../src/resource.ts';
import { resourceShape, type Shape } from '../../src/structure/shape.ts';
import { formsOf } from '../../src/withholding/forms.ts';
import { withoutReferences } from '../../src/withholding/without-references.ts';

const reference = (target: string) => ({ reference: target });

test.each([
  ['href="Encounter/w"', true],
  ["href='Encounter/w'", true],
  ['href = "Encounter/w"', true],
  ['href="Encounter&#47;w"', true],
  ['href="Encounter/w?_format=json#top"', true],
  ['href="Encounter/w/$everything"', true],
  ['title="href=\'" href="Encounter/w"', true],
  ["href='Encounter/w2'", false],
])('a narrative with <a %s> and no other reference goes with Encounter/w: %s', (link, goes) => {
  const text = { status: 'generated', div: `<div><a ${link}>stay</a></div>` };
  const condition = { resourceType: 'Condition', id: 'c', text, subject: reference('Patient/1') };
  const forms = formsOf(condition, [], new Map([['Encounter/w', [['a']]]]), 't');
  expect(forms.map(({ resource }) => 'text' in resource)).toEqual(goes ? [true, false] : [true]);
});

test.each([
  ['Composition/w/$document', true],
  ['https://plan.example/payer/patient-access/v2/t/Composition/w/$document?persist=true', true],
  ['Composition/w/_history/2?_format=json', true],
  ['Composition/w#plan', true],
  ['https://viewer.example/?ref=Composition/w', true],
  ['https://viewer.example/?ref=Composition%2Fw', true],
  ['https://viewer.example/?ref=Composition%2Fw2', false],
  ['Composition/w2#plan', false],
  ['https://other.example/Composition/w?_format=json', false],
])('the address %s names Composition/w wherever it stands: %s', (address, isNamed) => {
  const subject = reference('Patient/1');
  const rest = { resourceType: 'DocumentReference', id: 'd', status: 'current', subject };
  const [open, extension] = [{ url: 'Binary/1' }, 'https://e.example/x'];
  const naming = [
    { content: [{ attachment: { url: address, title: 'Detox' } }, { attachment: open }] },
    { content: [{ attachment: open }], extension: [{ url: extension, valueUri: address }] },
    { content: [{ attachment: open }], context: { related: [{ reference: address, display: 'Detox' }] } },
  ].map((content) => ({ ...rest, ...content }));
  const without = { ...rest, content: [{ attachment: open }] };
  for (const resource of naming) {
    expect(withoutReferences(resource, new Set(['Composition/w']), 't')).toEqual(
      isNamed ? without : resource,
    );
    const forms = formsOf(resource, [], new Map([['Composition/w', [['a']]]]), 't');
    expect(forms).toHaveLength(isNamed ? 2 : 1);
  }
});

test.each([
  ['Composition/w', true],
  ['See [the summary](Composition/w).', true],
  [
    'See [the summary](https://plan.example/payer/patient-access/v2/t/Composition/w/_history/2 "Detox").',
    true,
  ],
  ['It is in Composition/w.', true],
  ['It is in **Composition/w**, __Composition/w2__', true],
  ['It is in _Composition/w_', true],
  ['<http://localhost:8080/payer/patient-access/v2/t/Composition/w/$document?persist=true>', true],
  ['<a href=Composition/w>this</a>', true],
  ['DocumentReference?related=Composition/w', true],
  ['It is in Composition&#x2F;w.', true],
  ['It&#39;s in Composition/&#119', true],
  ['<a href="Composition&#47;w/">this</a>', true],
  ['<a href="https://plan.example/payer/patient-access/v2/t&#x2f;Composition/w/">this</a>', true],
  ['https://viewer.example/?ref=Composition%2Fw', true],
  ['https://viewer.example/?ref%3DComposition%2fw%26page%3D3', true],
  ['https://viewer.example/?to=%2Fshow%3Fref%3DComposition%252Fw', true],
  ['<a href="?ref=Composition&#37;2Fw">this</a>', true],
  ['?at=https%3A%2F%2Fplan.example%2Fpayer%2Fpatient-access%2Fv2%2Ft%2FComposition%2Fw', true],
  ['?at=https%3A%2F%2Fplan.example%2Fpayer%2Fpatient-access%2Fv2%2Fother%2FComposition%2Fw', false],
  ['https://viewer.example/?ref=Composition%2Fw2', false],
  ['100 % of Composition%2', false],
  ['It is in Composition&#47;w2', false],
  ['It&#39;s in all&#47;Composition&#47;w', false],
  ['It is in Composition/w2', false],
  ['It is in Composition/w-2, DetoxComposition/w and all/Composition/w', false],
  ['[the summary](https://other.example/Composition/w)', false],
  ['https://plan.example/payer/patient-access/v2/other/Composition/w', false],
])('the text "%s" names Composition/w: %s', (text, isNamed) => {
  const subject = reference('Patient/1');
  const rest = { resourceType: 'Procedure', id: 'p', status: 'completed', subject };
  const extension = 'https://e.example/x';
  const naming = [
    { note: [{ text }, { text: 'stay' }] },
    { note: [{ text: 'stay' }], meta: { source: text } },
    { note: [{ text: 'stay' }], instantiatesUri: [text] },
    { note: [{ text: 'stay' }], code: { text, coding: [{ display: text }] } },
    { note: [{ text: 'stay' }], extension: [{ url: extension, valueMarkdown: text }] },
    { note: [{ text: 'stay' }], identifier: [{ value: text }] },
    { note: [{ text: 'stay' }], text: { status: 'additional', div: `<div>${text}</div>` } },
  ].map((content) => ({ ...rest, ...content }));
  const without = { ...rest, note: [{ text: 'stay' }] };
  for (const resource of naming) {
    expect(withoutReferences(resource, new Set(['Composition/w']), 't')).toEqual(
      isNamed ? without : resource,
    );
    const forms = formsOf(resource, [], new Map([['Composition/w', [['a']]]]), 't');
    expect(forms).toHaveLength(isNamed ? 2 : 1);
  }
});

test('a file in base64 is looked through in moments', () => {
  const bytes = createHash('sha512').update('file').digest();
  const data = Buffer.alloc(18_000_000, bytes).toString('base64');
  const [subject, open] = [reference('Patient/1'), { attachment: { url: 'Binary/1', data } }];
  const context = { related: [reference('Composition/w')] };
  const document = { resourceType: 'DocumentReference', id: 'd', subject, content: [open], context };
  const startedAt = performance.now();
  const forms = formsOf(document, [], new Map([['Composition/w', [['a']]]]), 't');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(forms.map(({ resource }) => 'context' in resource)).toEqual([true, false]);
});

type Json = Record<string, unknown>;

const ADDRESS = 'Composition/w';
const TEXTS = new Set(['string', 'uri', 'url', 'canonical', 'markdown']);
const MAX_LENGTH = 2;

/** Resources of a type, each with the address in one element in which a text may stand. */
function* withAddress(shape: Shape, path: string): Generator<[path: string, value: Json]> {
  for (const [name, rule] of shape.elements) {
    const at = `${path}.${name}`;
    const asDeclared = (value: unknown): Json => ({ [name]: rule.isList ? [value] : value });
    if (TEXTS.has(rule.type)) yield [at, asDeclared(ADDRESS)];
    else if (rule.shape && at.split('.').length <= MAX_LENGTH)
      for (const [below, value] of withAddress(rule.shape(), at)) yield [below, asDeclared(value)];
  }
}

test('an address is found in every element in which a text may stand', () => {
  const left: string[] = [];
  let tried = 0;
  for (const resourceType of servedTypes)
    for (const [path, value] of withAddress(resourceShape(resourceType) as Shape, resourceType)) {
      const resource = { ...value, resourceType, id: 'r' } as Resource;
      const forms = formsOf(resource, [], new Map([[ADDRESS, [['a']]]]), 't');
      const served = forms.filter(({ audience }) => !audience.includes('+a'));
      tried += 1;
      if (JSON.stringify(served).includes(ADDRESS)) left.push(path);
    }
  expect(left).toEqual([]);
  expect(tried).toBeGreaterThan(4_000);
});
