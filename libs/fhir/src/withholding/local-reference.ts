/** Finds the resources of the same tenant that a resource names, however the references are written. */
import { basePath } from '../base.ts';
import { definitions } from '../definitions.ts';
import { eachObject } from '../each-object.ts';
import { decoded, readingsOf } from '../narrative/entities.ts';
import { parseReference, type Resource } from '../resource.ts';

const ABSOLUTE = /^https?:\/\/[^/]+\//;

/**
 * Makes a reference below the tenant's own base relative, whatever its host is, because the public host may change
 * while the data stays. Other references are not changed.
 */
function localReference(reference: string, tenant: string): string {
  const path = ABSOLUTE.test(reference) ? reference.replace(ABSOLUTE, '') : '';
  const base = `${basePath(tenant)}/`;
  return path.startsWith(base) ? path.slice(base.length) : reference;
}

/**
 * What may stand behind the id in an address: the version of a canonical (`Questionnaire/7|2`), a place in it (`Binary/7#page=3`), a
 * question to it (`?_format=json`), an operation (`Composition/7/$document`). What is only a place, as `#inner`, stays.
 */
export const BEHIND_ID = /(?<=.)(?:[|?#]|\/\$).*$/s;

/** `Type/id` of the target, if the text, a reference or a canonical, refers to a resource of the tenant. */
export function localTarget(address: string, tenant: string): string | undefined {
  const target = parseReference(localReference(address.replace(BEHIND_ID, ''), tenant));
  return target && `${target.type}/${target.id}`;
}

/** Elements that are nothing without the address in them: of references, attachments and extensions. */
const ADDRESS = /^(?:reference|url|value(?:Uri|Url|Canonical|String))$/;
/**
 * A link in a narrative, as XML may write it. The value is only looked at and not passed over, so what looks like a link
 * within another attribute hides none behind it.
 */
const LINK = /\bhref\s*=(?=\s*(?:"([^"]*)"|'([^']*)'))/g;

const NO_ADDRESSES: readonly string[] = [];

/** The addresses that the links of a narrative lead to, as a browser reads them. */
const linksOf = (div: string): readonly string[] =>
  div.includes('href')
    ? Array.from(div.matchAll(LINK), ([, double, single = '']) =>
        decoded(double ?? single)
          .trim()
          .replace(BEHIND_ID, ''),
      )
    : NO_ADDRESSES;

/** The addresses in one element. */
function addressesAt(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'string') return NO_ADDRESSES;
  if (name === 'div') return linksOf(value);
  return ADDRESS.test(name) ? [value] : NO_ADDRESSES;
}

/** What one object is about, or links to. */
export function addressesOf(object: Readonly<Record<string, unknown>>): readonly string[] {
  let found = NO_ADDRESSES;
  for (const name in object) {
    const here = addressesAt(name, object[name]);
    if (here.length > 0) found = found.length > 0 ? [...found, ...here] : here;
  }
  return found;
}

/**
 * What is nearly nowhere but in an address: the name of a type. Other words stand before a slash in many texts, and thousands of them
 * in a file in base64.
 */
const TYPE = new RegExp(`(?<![A-Za-z])(?=[A-Z][a-z])(?:${[...definitions.keys()].join('|')})/`);
/** Of what an address is written. Whatever else stands around it, as in Markdown, is no part of it. */
const PATH = /[A-Za-z0-9\-._/$]+/g;
/** Marks of emphasis before a type. */
const BEFORE = /^_*(?=[A-Z])/;
/** Marks of emphasis, and the end of a sentence. */
const BEHIND = /[._/-]+$/;
/** The longest address below a base has some 200: a type, two ids, an operation. */
const MAX_ADDRESS_CHARACTERS = 300;

function targetsWrittenIn(text: string, tenant: string): readonly string[] {
  if (!TYPE.test(text)) return NO_ADDRESSES;
  const base = `${basePath(tenant)}/`;
  const targets: string[] = [];
  for (const path of text.match(PATH) ?? []) {
    const at = path.indexOf(base);
    const local = at < 0 ? path : path.slice(at + base.length);
    if (!BEFORE.test(local) || local.length > MAX_ADDRESS_CHARACTERS) continue;
    const address = local.replace(BEFORE, '');
    for (const each of [address, address.replace(BEHIND, '')]) {
      const target = localTarget(each, tenant);
      if (target !== undefined) targets.push(target);
    }
  }
  return targets;
}

/**
 * Narratives and Markdown may write any character as an entity, as in `Composition&#47;7`. Some libraries of templates write
 * each slash so. The address of a viewer may have the other one in its query, as in `?ref=Composition%2F7`.
 *
 * @returns `Type/id` of every resource of the tenant whose address stands in a text: alone, in a sentence, in a link
 */
export const targetsIn = (text: string, tenant: string): readonly string[] =>
  readingsOf(text).flatMap((reading) => targetsWrittenIn(reading, tenant));

/**
 * Every text is looked at, whatever its element is: an address may stand in `meta.source`, in a `uri`, in a note.
 *
 * @returns `Type/id` of every resource of the tenant that the resource, or one contained in it, names
 */
export function localTargets(resource: Resource, tenant: string): Set<string> {
  const targets = new Set<string>();
  const note = (text: unknown) => {
    if (typeof text === 'string') for (const target of targetsIn(text, tenant)) targets.add(target);
  };
  eachObject(resource, (object) => {
    for (const name in object) {
      const value = object[name];
      if (Array.isArray(value)) value.forEach(note);
      else note(value);
    }
  });
  return targets;
}
