/** Finds references of a tenant to resources that are not stored with any owner. */
import { LRUCache } from 'lru-cache';
import { definitions, type Owner, referencesOf, type Resource, type Target } from '@patient-access/fhir';
import type { DataSurvey } from '@patient-access/fhir-store/ingest';

const EXAMPLES = 3;
/** The number of known targets in memory. Most references are to the same members, providers and organizations. */
const MAX_KNOWN = 100_000;

interface Dangling {
  element: string;
  /**
   * type of the missing target, or what finds it; undefined when the reference is to an entry of the same Bundle or a
   * contained resource
   */
  target: string | undefined;
  references: number;
  /** `Type/id` of resources with such a reference, and its target */
  examples: { from: string; to?: string }[];
}

export interface ReferenceSurvey {
  resources: number;
  /** number of references to resources of the tenant */
  references: number;
  /** number of absolute references to other servers, which are not checked */
  elsewhere: number;
  /** the most frequent first */
  dangling: Dangling[];
}

/** How a target is named of which a reference has an identifier alone. */
const byIdentifier = (type: string) => `${type} (by its identifier)`;

interface Pointer {
  from: string;
  element: string;
  to: Target;
}

const nameOf = ({ type, id }: Target) => `${type}/${id}`;

/** Learns of each batch where its references point. */
export class ReferenceCheck {
  readonly result: ReferenceSurvey = { resources: 0, references: 0, elsewhere: 0, dangling: [] };
  private readonly known = new LRUCache<string, true>({ max: MAX_KNOWN });
  private readonly dangling = new Map<string, Dangling>();
  private readonly surveys: ReadonlyMap<Owner, DataSurvey>;

  constructor(surveys: ReadonlyMap<Owner, DataSurvey>) {
    this.surveys = surveys;
  }

  async batch(resources: readonly Resource[]): Promise<void> {
    const pointers: Pointer[] = [];
    for (const resource of resources) {
      const from = `${resource.resourceType}/${resource.id}`;
      for (const { element, to, sought } of referencesOf(resource)) {
        if (to === 'elsewhere') this.result.elsewhere += 1;
        else if (to === 'nowhere') this.note(from, element, sought && byIdentifier(sought));
        else pointers.push({ from, element, to });
      }
    }
    this.result.resources += resources.length;
    this.result.references += pointers.length;
    await this.learn(pointers);
    for (const pointer of pointers) if (!this.known.has(nameOf(pointer.to))) this.noteMissing(pointer);
  }

  finish(): ReferenceSurvey {
    const dangling = [...this.dangling.values()].sort((a, b) => b.references - a.references);
    return { ...this.result, dangling };
  }

  /** Asks each owner once which targets of the batch it has stored. */
  private async learn(pointers: readonly Pointer[]): Promise<void> {
    const asked = new Map(pointers.map(({ to }) => [nameOf(to), to]));
    for (const name of asked.keys()) if (this.known.has(name)) asked.delete(name);
    for (const [owner, survey] of this.surveys) {
      const own = [...asked.values()].filter(({ type }) => definitions.get(type)?.owner === owner);
      if (own.length > 0) for (const name of await survey.existing(own)) this.known.set(name, true);
    }
  }

  private noteMissing({ from, element, to }: Pointer): void {
    this.note(from, element, to.type, nameOf(to));
  }

  private note(from: string, element: string, target: string | undefined, to?: string): void {
    const key = `${element} ${target}`;
    const entry = this.dangling.get(key) ?? { element, target, references: 0, examples: [] };
    this.dangling.set(key, entry);
    entry.references += 1;
    if (entry.examples.length < EXAMPLES) entry.examples.push({ from, ...(to !== undefined && { to }) });
  }
}
