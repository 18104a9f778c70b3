/** Finds the resources of the same tenant that a resource names, however the references are written. */
import { basePath } from '../base.ts';
import { eachObject } from '../each-object.ts';
import { decoded } from '../narrative/entities.ts';
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
const BEHIND_ID = /(?<=.)(?:[|?#]|\/\$).*$/s;

/** `Type/id` of the target, if the text, a reference or a canonical, refers to a resource of the tenant. */
export function localTarget(address: string, tenant: string): string | undefined {
  const target = parseReference(localReference(address.replace(BEHIND_ID, ''), tenant));
  return target && `${target.type}/${target.id}`;
}

/** Elements whose texts are canonicals of types that are stored here. A canonical may be written as a reference. */
const CANONICAL = /^(?:questionnaire|instantiatesCanonical|definitionCanonical|derivedFrom|partOf|replaces)$/;

/** Elements whose text may be the address of a resource: in references, attachments and extensions. */
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

/** The texts of one element that may name a resource. */
function addressesAt(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'string') return NO_ADDRESSES;
  if (name === 'div') return linksOf(value);
  return ADDRESS.test(name) ? [value] : NO_ADDRESSES;
}

/** The texts of one object that may name a resource. */
export function addressesOf(object: Readonly<Record<string, unknown>>): readonly string[] {
  let found = NO_ADDRESSES;
  for (const name in object) {
    const here = addressesAt(name, object[name]);
    if (here.length > 0) found = found.length > 0 ? [...found, ...here] : here;
  }
  return found;
}

/** The canonicals of one object. */
const canonicalsOf = (object: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(object)
    .filter((name) => CANONICAL.test(name))
    .flatMap((name) => object[name])
    .filter((text) => typeof text === 'string');

/** @returns `Type/id` of every resource of the tenant that the resource, or one contained in it, names */
export function localTargets(resource: Resource, tenant: string): Set<string> {
  const targets = new Set<string>();
  eachObject(resource, (object) => {
    for (const address of [...addressesOf(object), ...canonicalsOf(object)]) {
      const target = localTarget(address, tenant);
      if (target !== undefined) targets.add(target);
    }
  });
  return targets;
}
