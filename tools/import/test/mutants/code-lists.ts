/** The codes of value sets, where the definitions list them: enough to tell slices apart and to choose a wrong code. */
import type { PackageResource } from '@patient-access/fhir';
import { isJsonObject, listOf } from './places.ts';

type ValueSet = Extract<PackageResource, { resourceType: 'ValueSet' }>;
type CodeSystem = Extract<PackageResource, { resourceType: 'CodeSystem' }>;
type Include = NonNullable<ValueSet['compose']>['include'][number];

const versionless = (canonical: string) => canonical.split('|', 1)[0] ?? canonical;
const codesBelow = (concepts: CodeSystem['concept'] = []): string[] =>
  concepts.flatMap(({ code, concept }) => [code, ...codesBelow(concept)]);

export class CodeLists {
  private readonly byUrl: ReadonlyMap<string, PackageResource>;
  private readonly known = new Map<string, ReadonlySet<string> | undefined>();

  constructor(resources: readonly PackageResource[]) {
    this.byUrl = new Map(resources.map((each) => [each.url, each]));
  }

  /** @returns whether one of the codings of the value is in the value set; undefined when the set is not listed */
  has(valueSet: string, value: unknown): boolean | undefined {
    const codes = this.list(versionless(valueSet));
    if (!codes) return undefined;
    if (typeof value === 'string') return [...codes].some((each) => each.endsWith(`|${value}`));
    if (!isJsonObject(value)) return false;
    return listOf(value['coding'] ?? value).some(
      (each) => isJsonObject(each) && codes.has(`${String(each['system'])}|${String(each['code'])}`),
    );
  }

  private list(url: string): ReadonlySet<string> | undefined {
    if (!this.known.has(url)) {
      this.known.set(url, undefined);
      const set = this.byUrl.get(url);
      if (set?.resourceType === 'ValueSet' && set.compose && !set.compose.exclude) {
        const parts = set.compose.include.map((each) => this.included(each));
        if (parts.every((part) => part !== undefined)) this.known.set(url, new Set(parts.flat()));
      }
    }
    return this.known.get(url);
  }

  private included({ system, concept, filter, valueSet = [] }: Include): string[] | undefined {
    if (filter || valueSet.length > 1 || (system !== undefined && valueSet.length > 0)) return undefined;
    const [other] = valueSet;
    if (other !== undefined) {
      const codes = this.list(versionless(other));
      return codes && [...codes];
    }
    const listed = system === undefined ? undefined : this.byUrl.get(system);
    const isListed = listed?.resourceType === 'CodeSystem' && listed.content === 'complete';
    const codes = concept
      ? concept.map(({ code }) => code)
      : isListed
        ? codesBelow(listed.concept)
        : undefined;
    return codes?.map((code) => `${system}|${code}`);
  }
}
