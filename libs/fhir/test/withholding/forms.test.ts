import { expect, test } from '@jest/globals';
import { admits } from '../../src/withholding/audience.ts';
import { alternativesOf, type Conditional, formsOf } from '../../src/withholding/forms.ts';
import { withoutReferences } from '../../src/withholding/without-references.ts';
import { seeded } from '../random.ts';

const LABELS = ['a', 'b', 'c'];
const SUBSETS = Array.from({ length: 8 }, (_, bits) => LABELS.filter((_label, at) => bits & (1 << at)));

const reference = (target: string) => ({ reference: target });
const provenance = (...targets: string[]) => ({
  resourceType: 'Provenance',
  id: 'p',
  target: targets.map(reference),
  recorded: '2026-01-01T00:00:00Z',
  agent: [{ who: { display: 'x' } }],
});

test('a reference is removed with its display, and a list with its last reference', () => {
  const observation = {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { text: 'x' },
    encounter: { reference: 'Encounter/w', display: 'Detox' },
    derivedFrom: [reference('Observation/w')],
    hasMember: [reference('Observation/w'), reference('Observation/other')],
  };
  const hidden = new Set(['Encounter/w', 'Observation/w']);
  const { encounter: _encounter, derivedFrom: _derived, ...rest } = observation;
  expect(withoutReferences(observation, hidden, 't')).toEqual({
    ...rest,
    hasMember: [reference('Observation/other')],
  });
  expect(withoutReferences(observation, new Set(['Encounter/other']), 't')).toBe(observation);
});

test.each([
  ['Encounter/w/_history/3', true],
  ['https://plan.example/payer/patient-access/v2/t/Encounter/w', true],
  ['http://localhost:8080/payer/patient-access/v2/t/Encounter/w/_history/3', true],
  ['https://plan.example/payer/patient-access/v2/other/Encounter/w', false],
  ['https://elsewhere.example/fhir/Encounter/w', false],
  ['Encounter/w2', false],
])('%s names Encounter/w of the tenant: %s', (spelling, isHidden) => {
  const condition = {
    resourceType: 'Condition',
    id: 'c',
    subject: reference('Patient/1'),
    encounter: reference(spelling),
  };
  const served = withoutReferences(condition, new Set(['Encounter/w']), 't');
  expect(served !== condition).toBe(isHidden);
});

test('if an element is required, the element that contains it is removed too, up to the whole resource', () => {
  const list = (...items: string[]) => ({
    resourceType: 'List',
    id: 'l',
    status: 'current',
    mode: 'working',
    entry: items.map((item) => ({ item: reference(item), date: '2026-01-01' })),
  });
  const hidden = new Set(['Condition/w']);
  expect(withoutReferences(list('Condition/w', 'Condition/1'), hidden, 't')).toEqual(list('Condition/1'));
  const { entry: _entry, ...empty } = list('Condition/w');
  expect(withoutReferences(list('Condition/w'), hidden, 't')).toEqual(empty);
  expect(withoutReferences(provenance('Condition/w'), hidden, 't')).toBeUndefined();
  expect(withoutReferences(provenance('Condition/w', 'Condition/1'), hidden, 't')).toEqual(
    provenance('Condition/1'),
  );
});

test('extensions, attachments and narratives that name a hidden resource are removed', () => {
  const document = {
    resourceType: 'DocumentReference',
    id: 'd',
    status: 'current',
    text: { status: 'generated', div: '<div><a href="Binary/w">report</a></div>' },
    extension: [{ url: 'https://e.example/x', valueReference: reference('Binary/w') }],
    content: [{ attachment: { url: 'Binary/w', title: 'Detox' } }, { attachment: { url: 'Binary/1' } }],
  };
  const { text: _text, extension: _extension, ...rest } = document;
  expect(withoutReferences(document, new Set(['Binary/w']), 't')).toEqual({
    ...rest,
    content: [{ attachment: { url: 'Binary/1' } }],
  });
});

test('a canonical that is written as a reference is removed with what stands beside it', () => {
  const response = {
    resourceType: 'QuestionnaireResponse',
    id: 'r',
    status: 'completed',
    subject: reference('Patient/1'),
    questionnaire: 'Questionnaire/w|2',
    _questionnaire: { extension: [{ url: 'https://e.example/display', valueString: 'Drinking' }] },
  };
  const { questionnaire: _named, _questionnaire: _beside, ...rest } = response;
  const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">On drinking</div>' };
  const hidden = new Set(['Questionnaire/w']);
  expect(withoutReferences({ ...response, text }, hidden, 't')).toEqual(rest);
  const named = { extension: [{ url: 'https://e.example/x', valueCanonical: 'Questionnaire/w|2' }] };
  expect(withoutReferences({ ...rest, ...named }, hidden, 't')).toEqual(rest);
  expect(formsOf({ ...rest, ...named }, [], new Map([['Questionnaire/w', [['a']]]]), 't')).toHaveLength(2);
  const forms = formsOf(response, [], new Map([['Questionnaire/w', [['a']]]]), 't');
  expect(forms.map(({ audience }) => audience)).toEqual([['+a'], ['-a']]);
  const plan = (...instantiatesCanonical: string[]) => ({
    ...{ resourceType: 'CarePlan', id: 'p', status: 'active', intent: 'plan' },
    instantiatesCanonical,
  });
  const elsewhere = 'https://elsewhere.example/Questionnaire/w';
  expect(withoutReferences(plan('Questionnaire/w', elsewhere), hidden, 't')).toEqual(plan(elsewhere));
});

test('what stands beside a list of texts keeps its place', () => {
  const extended = (value: object) => ({ extension: [{ url: 'https://e.example/x', ...value }] });
  const [naming, other] = [
    extended({ valueReference: reference('Encounter/w') }),
    extended({ valueCode: 'x' }),
  ];
  const named = (..._given: unknown[]) => ({
    ...{ resourceType: 'Patient', id: '1' },
    name: [{ given: ['Anna', 'Maria'], ...(_given.length > 0 && { _given }) }],
  });
  const hidden = new Set(['Encounter/w']);
  expect(withoutReferences(named(naming, other), hidden, 't')).toEqual(named(null, other));
  expect(withoutReferences(named(naming, null), hidden, 't')).toEqual(named());
  const whole = named(null, other);
  expect(withoutReferences(whole, hidden, 't')).toBe(whole);
});

test('what stands beside a text that goes comes back with none of its words', () => {
  const extension = (url: string, more: object) => ({ url: `https://e.example/${url}`, ...more });
  const beside = {
    extension: [
      extension('title', { valueString: 'Drinking' }),
      extension('from', { valueReference: reference('Questionnaire/w') }),
    ],
  };
  const rest = { resourceType: 'QuestionnaireResponse', id: 'r', status: 'completed' };
  const [questionnaire, source] = ['Questionnaire/w', 'Questionnaire/w'];
  const hidden = new Set(['Questionnaire/w']);
  for (const named of [
    { questionnaire, _questionnaire: beside },
    { _questionnaire: beside, questionnaire },
    { meta: { source, _source: beside } },
  ])
    expect(withoutReferences({ ...rest, ...named }, hidden, 't')).toEqual(rest);
});

test('no narrative that somebody wrote stays with a form, of the resource or of what it contains', () => {
  const text = {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml">Addiction counselor: Dr. Jones. Friend: Ann.</div>',
  };
  const friend = { role: [{ text: 'Friend' }], member: reference('#ann') };
  const counselor = { role: [{ text: 'Addiction counselor' }], member: reference('Practitioner/w') };
  const ann = { resourceType: 'RelatedPerson', id: 'ann', patient: reference('Patient/1') };
  const team = { resourceType: 'CareTeam', id: 't', status: 'active' };
  const whole = {
    ...{ ...team, text, contained: [{ ...ann, text }] },
    participant: [counselor, friend],
  };
  expect(withoutReferences(whole, new Set(['Practitioner/w']), 't')).toEqual({
    ...{ ...team, contained: [ann] },
    participant: [friend],
  });
  expect(withoutReferences(whole, new Set(['Practitioner/other']), 't')).toBe(whole);
});

test('what names a contained resource of which nothing remains is removed', () => {
  const covered = (sequence: number, coverage: string) => ({
    sequence,
    focal: false,
    coverage: reference(coverage),
  });
  const own = { resourceType: 'Coverage', id: 'own', status: 'active', payor: [reference('Organization/w')] };
  const claim = { resourceType: 'Claim', id: 'c', status: 'active' };
  const insurance = [covered(1, '#own'), covered(2, 'Coverage/1')];
  expect(
    withoutReferences({ ...claim, contained: [own], insurance }, new Set(['Organization/w']), 't'),
  ).toEqual({ ...claim, insurance: [covered(1, 'Coverage/1')] });
});

test('what is contained goes with the last element that names it', () => {
  const organization = (id: string, more: object = {}) => ({ resourceType: 'Organization', id, ...more });
  const performer = (actor: string, onBehalfOf: string) => ({
    actor: reference(actor),
    onBehalfOf: reference(onBehalfOf),
  });
  const procedure = (...performers: object[]) => ({
    ...{ resourceType: 'Procedure', id: 'p', status: 'completed', subject: reference('Patient/1') },
    performer: performers,
  });
  const clinic = organization('clinic', { name: 'Detox', partOf: reference('#group') });
  const [other, unnamed] = [organization('other'), organization('unnamed')];
  const shown = performer('Practitioner/1', '#other');
  const whole = {
    ...procedure(performer('Practitioner/w', '#clinic'), shown),
    contained: [clinic, organization('group'), other, unnamed],
  };
  const hidden = new Set(['Practitioner/w']);
  expect(withoutReferences(whole, hidden, 't')).toEqual({
    ...procedure(shown),
    contained: [other, unnamed],
  });
  const named = {
    ...whole,
    contained: [clinic, organization('group'), { ...other, partOf: reference('#clinic') }],
  };
  expect(withoutReferences(named, hidden, 't')).toMatchObject({ contained: named.contained });
});

test('sections of a form have no narratives, and none is left with its title alone', () => {
  const narrative = (words: string) => ({
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml">${words}</div>`,
  });
  const composition = (...section: object[]) => ({
    ...{ resourceType: 'Composition', id: 'c', status: 'final', title: 'Summary' },
    section,
  });
  const [named, shown] = [reference('Condition/w'), reference('Condition/1')];
  const author = { resourceType: 'Practitioner', id: 'author' };
  const whole = {
    ...composition(
      { title: 'Problems', text: narrative('Asthma, alcohol dependence'), entry: [named, shown] },
      { title: 'Drinking', text: narrative('Alcohol dependence'), entry: [named] },
      { title: 'Rest', author: [reference('#author')], text: narrative('Quit drinking') },
      { title: 'Plan', section: [{ title: 'Detox', entry: [named] }] },
    ),
    contained: [author],
  };
  expect(withoutReferences(whole, new Set(['Condition/w']), 't')).toEqual(
    composition({ title: 'Problems', entry: [shown] }),
  );
  expect(withoutReferences(whole, new Set(['Condition/other']), 't')).toBe(whole);
});

test('contained resources are reduced by the rules of their own type', () => {
  const claim = {
    resourceType: 'Condition',
    id: 'c',
    subject: reference('Patient/1'),
    contained: [
      { resourceType: 'Encounter', id: 'e', status: 'finished', class: {}, partOf: reference('Encounter/w') },
    ],
  };
  expect(withoutReferences(claim, new Set(['Encounter/w']), 't')).toEqual({
    ...claim,
    contained: [{ resourceType: 'Encounter', id: 'e', status: 'finished', class: {} }],
  });
});

/** What a caller sees, worked out for one caller at a time. */
function seen(
  resource: ReturnType<typeof provenance>,
  own: string[],
  conditional: Conditional,
  released: string[],
) {
  if (!own.every((label) => released.includes(label))) return undefined;
  const hidden = [...conditional].filter(
    ([, alternatives]) => !alternatives.some((labels) => labels.every((label) => released.includes(label))),
  );
  return withoutReferences(resource, new Set(hidden.map(([key]) => key)), 't');
}

test('each caller is served exactly what is visible to that caller, in 500 random worlds', () => {
  const { below: next } = seeded(1);
  const some = () => LABELS.filter(() => next(3) === 0);
  for (let world = 0; world < 500; world += 1) {
    const targets = Array.from({ length: 1 + next(4) }, (_, at) => `Condition/${at}`);
    const conditional: Conditional = new Map(
      targets
        .filter(() => next(4) > 0)
        .map(
          (key) =>
            [key, Array.from({ length: 1 + next(2) }, some).filter(({ length }) => length > 0)] as const,
        )
        .filter(([, alternatives]) => alternatives.length > 0),
    );
    const [resource, own] = [provenance(...targets), some()];
    const forms = formsOf(resource, own, conditional, 't');
    const audiences = forms.map(({ audience }) => audience);
    const visible = alternativesOf(audiences);
    for (const released of SUBSETS) {
      const served = forms.filter(({ audience }) => admits(audience, released));
      expect(served.length).toBeLessThanOrEqual(1);
      expect(served[0]?.resource).toEqual(seen(resource, own, conditional, released));
      const isVisible =
        !visible || visible.some((labels) => labels.every((label) => released.includes(label)));
      expect(isVisible).toBe(served.length === 1);
    }
  }
});

test('the number of forms grows with the number of labels, and not exponentially', () => {
  const labels = Array.from({ length: 20 }, (_, at) => `label-${at}`);
  const conditional: Conditional = new Map(labels.map((label, at) => [`Condition/${at}`, [[label]]]));
  const resource = provenance('Patient/1', ...conditional.keys());
  const forms = formsOf(resource, [], conditional, 't');
  expect(forms).toHaveLength(21);
  expect(forms[0]?.resource).toBe(resource);
  expect(forms.filter(({ audience }) => admits(audience, labels.slice(0, 7)))).toHaveLength(1);
});
