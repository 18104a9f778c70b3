/** In which forms an address names a resource that is withheld, in links and elsewhere. */
import { expect, test } from '@jest/globals';
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
