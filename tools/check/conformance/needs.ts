/** Finds the must-supports of a profile in its snapshot. */
import type {
  Element,
  ElementType,
  Extension,
  PackageFile,
  ProfileFile,
  ValueSetFile,
} from './package-files.ts';
import type { Condition, Need, ProfileNeeds } from './guide-list.ts';

const TYPE_MUST_SUPPORT = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-type-must-support';
const USCDI_REQUIREMENT = 'http://hl7.org/fhir/us/core/StructureDefinition/uscdi-requirement';
const BASE = 'http://hl7.org/fhir/StructureDefinition/';

const versionless = (canonical: string) => canonical.split('|', 1)[0] ?? canonical;
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
const flags = (extensions: Extension[] | undefined, url: string) =>
  extensions?.some((each) => each.url === url && each.valueBoolean === true) ?? false;

function valueNamed(element: Element): unknown {
  const name = Object.keys(element).find((key) => /^(fixed|pattern)[A-Z]/.test(key));
  return name === undefined ? undefined : withoutVersions(element[name]);
}

/** HL7's correction FHIR-56423 takes the versions of code systems out of the patterns of CARIN 2.2.0. */
function withoutVersions(pattern: unknown): unknown {
  if (Array.isArray(pattern)) return pattern.map(withoutVersions);
  if (typeof pattern !== 'object' || pattern === null) return pattern;
  const { version: _version, ...others } = pattern as Record<string, unknown>;
  return Object.fromEntries(Object.entries(others).map(([name, value]) => [name, withoutVersions(value)]));
}

/** @returns the profiles that are derived from one, also by way of others */
function derivedFrom(url: string, profiles: readonly ProfileFile[]): string[] {
  const own = profiles.filter(({ baseDefinition }) => baseDefinition === url);
  return own.flatMap((each) => [each.url, ...derivedFrom(each.url, profiles)]);
}

class Snapshot {
  private readonly elements: readonly Element[];
  private readonly byId: ReadonlyMap<string, Element>;
  private readonly valueSets: ReadonlyMap<string, ValueSetFile>;
  private readonly type: string;

  constructor(profile: ProfileFile, valueSets: ReadonlyMap<string, ValueSetFile>) {
    this.type = profile.type;
    this.elements = profile.snapshot.element;
    this.byId = new Map(this.elements.map((element) => [element.id, element]));
    this.valueSets = valueSets;
  }

  /** ElementDefinition.id without the type in front */
  localId = ({ id }: Element): string => id.slice(this.type.length + 1);

  needs(): Need[] {
    const asked = this.elements.slice(1).filter(({ mustSupport, extension, max }) => {
      return max !== '0' && (mustSupport === true || flags(extension, USCDI_REQUIREMENT));
    });
    return asked.flatMap((element) => this.needsOf(element));
  }

  private needsOf(element: Element): Need[] {
    const id = this.localId(element);
    const types = element.type ?? [];
    const flagged = types.filter(({ extension }) => flags(extension, TYPE_MUST_SUPPORT));
    const isChoice = id.endsWith('[x]');
    const own: Need[] =
      isChoice && flagged.length > 0 ? flagged.map(({ code }) => ({ id, type: capital(code) })) : [{ id }];
    return [...own, ...types.flatMap((type) => targetsOf(type)).map((target) => ({ id, target }))];
  }

  /** The conditions of each slice that is in one of the ids. */
  slices(needs: readonly Need[]): Record<string, Condition[]> {
    const found: Record<string, Condition[]> = {};
    for (const { id } of needs) {
      const segments = id.split('.');
      for (let count = 1; count <= segments.length; count += 1) {
        const prefix = segments.slice(0, count).join('.');
        const last = segments[count - 1] ?? '';
        // The name of a slice of a choice is the name of the element in JSON, which needs no condition.
        if (last.includes(':') && !last.includes('[x]:')) found[prefix] ??= this.conditions(prefix);
      }
    }
    return found;
  }

  private conditions(slice: string): Condition[] {
    const sliced = this.byId.get(`${this.type}.${slice.slice(0, slice.lastIndexOf(':'))}`);
    const discriminators = sliced?.slicing?.discriminator ?? [];
    const made = discriminators.flatMap(({ path }) => this.conditionsAt(slice, path === '$this' ? '' : path));
    if (made.length > 0) return made;
    const own = this.conditionsAt(slice, '');
    return own.length > 0 ? own : this.conditionsOfNamesake(slice);
  }

  /** A slice that is defined by a reference to another element (contentReference) is like its namesake there. */
  private conditionsOfNamesake(slice: string): Condition[] {
    const last = slice.slice(slice.lastIndexOf('.') + 1);
    const namesake = this.elements.find(
      ({ id }) => id.endsWith(`.${last}`) && id !== `${this.type}.${slice}`,
    );
    return namesake ? this.conditions(this.localId(namesake)) : [];
  }

  /** What the profile fixes at a path below a slice, or below that path. */
  private conditionsAt(slice: string, path: string): Condition[] {
    const at = `${this.type}.${slice}${path && `.${path}`}`;
    const element = this.byId.get(at);
    const profile = this.byId.get(`${this.type}.${slice}`)?.type?.[0]?.profile?.[0];
    if (path === 'url' && profile !== undefined) return [{ path, pattern: versionless(profile) }];
    const pattern = element && valueNamed(element);
    if (pattern !== undefined) return [{ path, pattern }];
    const below = this.elements
      .filter(({ id }) => id.startsWith(`${at}.`))
      .flatMap((each) => {
        const value = valueNamed(each);
        const inner = each.id.slice(`${this.type}.${slice}.`.length);
        return value === undefined || inner.includes(':') ? [] : [{ path: inner, pattern: value }];
      });
    if (below.length > 0) return below;
    const codes = element?.binding?.strength === 'required' && this.codesOf(element.binding.valueSet ?? '');
    return codes ? [{ path, codes }] : [];
  }

  private codesOf(canonical: string): string[] | undefined {
    const include = this.valueSets.get(versionless(canonical))?.compose?.include;
    if (!include || include.some(({ system }) => system === undefined)) return undefined;
    return include.flatMap(
      ({ system, concept }) => concept?.map(({ code }) => `${system}|${code}`) ?? [`${system}|`],
    );
  }
}

/** The targets of a reference that a server has to support: those that are flagged, or the only one. */
function targetsOf({ code, targetProfile = [], _targetProfile = [] }: ElementType): string[] {
  if (code !== 'Reference') return [];
  const flagged = targetProfile.filter((_, index) =>
    flags(_targetProfile[index]?.extension, TYPE_MUST_SUPPORT),
  );
  const asked = targetProfile.length === 1 ? targetProfile : flagged;
  return asked
    .filter((each) => each !== `${BASE}Resource`)
    .map((each) => versionless(each).replace(BASE, ''));
}

/** @param served canonicals, without versions, of the profiles that the API declares */
export function profileNeeds(files: readonly PackageFile[], served: ReadonlySet<string>): ProfileNeeds[] {
  const profiles = files.filter((file): file is ProfileFile => file.resourceType === 'StructureDefinition');
  const valueSets = new Map(
    files
      .filter((file): file is ValueSetFile => file.resourceType === 'ValueSet')
      .map((file) => [file.url, file]),
  );
  return profiles
    .filter(({ url }) => served.has(url))
    .map((profile) => {
      const snapshot = new Snapshot(profile, valueSets);
      const needs = snapshot.needs();
      const derived = derivedFrom(profile.url, profiles);
      return { url: profile.url, type: profile.type, derived, slices: snapshot.slices(needs), needs };
    });
}
