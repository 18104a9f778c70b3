/** The forms of the questions: which fields each has, with what was asked, and beside a field what is wrong with it. */
import { type Html, html } from '@patient-access/pages';
import { AccessEvent } from '@patient-access/events';
import { isDay } from '../filter.ts';
import { consolePath, type QuestionPath } from './layout.ts';

interface Field {
  /** of the query parameter */
  name: string;
  label: string;
  type: 'text' | 'date' | 'number';
  required?: true;
  /** what there is to choose from; other texts may be typed as well */
  options?: readonly string[];
}

/** What was asked, by query parameter. */
export type AskedValues = Readonly<Record<string, string | undefined>>;

/** A parameter that is wrong, and why. */
export interface WrongParameter {
  parameter?: string;
  message: string;
}

const LABEL = 'Name, member number, login or Patient id';
const PERSON: Field = { name: 'patient', label: LABEL, type: 'text' };
const OPTIONAL_PERSON: Field = { ...PERSON, label: `${LABEL} (optional)` };

const FIELDS: Readonly<Record<QuestionPath, readonly Field[]>> = {
  overview: [],
  search: [
    { ...PERSON, label: 'Member: name, number, login or Patient id' },
    { name: 'app', label: 'App (client id)', type: 'text' },
    {
      name: 'outcome',
      label: 'Outcome',
      type: 'text',
      options: ['given', 'refused', 'failed', 'interrupted'],
    },
    {
      name: 'action',
      label: 'What (kind, or kind/act)',
      type: 'text',
      options: AccessEvent.shape.kind.options,
    },
    { name: 'reason', label: 'Reason', type: 'text' },
    { name: 'request', label: 'Request id', type: 'text' },
    { name: 'resource', label: 'Record (Type/id, or with /_history/version)', type: 'text' },
    { name: 'address', label: 'Network address', type: 'text' },
    { name: 'login', label: 'Login of staff, or subject', type: 'text' },
    { name: 'administrator', label: 'Administrator (the name in the entries)', type: 'text' },
  ],
  member: [{ ...PERSON, required: true }],
  app: [{ name: 'app', label: 'Client id', type: 'text', required: true }],
  refusals: [],
  revoked: [OPTIONAL_PERSON, { name: 'app', label: 'App (client id, optional)', type: 'text' }],
  bursts: [
    { name: 'opens', label: 'Day begins', type: 'number' },
    { name: 'closes', label: 'Day ends', type: 'number' },
    { name: 'least', label: 'Requests, at least', type: 'number' },
  ],
  changes: [OPTIONAL_PERSON],
  notice: [
    { name: 'app', label: 'App (client id)', type: 'text' },
    { name: 'address', label: 'or network address', type: 'text' },
    { name: 'login', label: 'or login', type: 'text' },
    { name: 'administrator', label: 'or name of an administrator', type: 'text' },
  ],
};

/** Of every question. */
const PERIOD: readonly Field[] = [
  { name: 'from', label: 'From', type: 'date' },
  { name: 'to', label: 'To', type: 'date' },
  { name: 'zone', label: 'Time zone', type: 'text' },
];

const fieldsOf = (path: QuestionPath): readonly Field[] => [...FIELDS[path], ...PERIOD];

/** A browser shows nothing in a field for days or numbers whose value is none. */
const CAN_SHOW: Readonly<Record<Field['type'], (value: string) => boolean>> = {
  text: () => true,
  date: isDay,
  number: (value) => /^-?\d+$/.test(value),
};

const idOf = (name: string): string => `field-${name}`;

/** Without the name of the parameter, in whose place the label stands. */
const wordsOf = ({ parameter, message }: WrongParameter): string =>
  message.startsWith(`${parameter}: `) ? message.slice(`${parameter}: `.length) : message;

const asSentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function field(
  { name, label, type, required, options }: Field,
  value: string,
  problem?: WrongParameter,
): Html {
  const shown = value === '' || CAN_SHOW[type](value) ? type : 'text';
  const isWrong = problem !== undefined;
  return html`<div class="field">
    <label for="${idOf(name)}">${label}</label>
    <input
      id="${idOf(name)}"
      type="${shown}"
      name="${name}"
      value="${value}"
      ${required && html`required`}
      ${options && html`list="${name}-options"`}
      ${isWrong && html`aria-invalid="true" aria-describedby="${name}-problem"`}
      autocomplete="off"
    />
    ${isWrong && html`<p class="problem" id="${name}-problem">${asSentence(wordsOf(problem))}</p>`}
    ${
      options &&
      html`<datalist id="${name}-options">
        ${options.map((option) => html`<option value="${option}"></option>`)}
      </datalist>`
    }
  </div>`;
}

/** The question's own fields, and the period that every question has. */
export const questionFields = (path: QuestionPath, asked: AskedValues, problem?: WrongParameter): Html[] =>
  fieldsOf(path).map((each) =>
    field(each, asked[each.name] ?? '', problem?.parameter === each.name ? problem : undefined),
  );

export const questionForm = (
  tenant: string,
  path: QuestionPath,
  asked: AskedValues,
  problem?: WrongParameter,
): Html =>
  html`<form method="get" action="${consolePath(tenant, path)}">
    ${questionFields(path, asked, problem)}<button>Ask</button>
  </form>`;

/** What is said first of a question that cannot be answered: what is wrong, with a link to its field. */
export function problemLine(path: QuestionPath, problem: WrongParameter): Html {
  const wrong = fieldsOf(path).find(({ name }) => name === problem.parameter);
  return html`<p class="alert" role="alert">
    ${wrong ? html`<a href="#${idOf(wrong.name)}">${wrong.label}</a>: ${wordsOf(problem)}` : problem.message}
  </p>`;
}
