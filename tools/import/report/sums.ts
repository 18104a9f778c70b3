/** Adds up resources of each member, and compares the sums with what the plan says of them. */
import { type Definition, definitions, type Owner, type Resource } from '@patient-access/fhir';
import type { DataSurvey, StoredResource } from '@patient-access/fhir-store/ingest';

interface OfMember {
  member: string;
  type: string;
  resources: Resource[];
  sums: NonNullable<Definition['sums']>;
}

/**
 * Sees resources in the order in which a service stores them, member by member and type by type. It keeps those of the
 * members of one batch.
 */
export class SumChecks {
  private current: OfMember | undefined;
  private ended: OfMember[] = [];
  private readonly surveys: ReadonlyMap<Owner, DataSurvey>;
  private readonly note: (type: string, id: string, where: string) => void;

  constructor(surveys: ReadonlyMap<Owner, DataSurvey>, note: SumChecks['note']) {
    this.surveys = surveys;
    this.note = note;
  }

  see({ member, resource }: StoredResource): void {
    const { resourceType: type } = resource;
    const { current } = this;
    if (current && (current.member !== member || current.type !== type)) this.end();
    const sums = definitions.get(type)?.sums;
    if (!sums) return;
    this.current ??= { member, type, resources: [], sums };
    this.current.resources.push(resource);
  }

  /** All of one member and type was seen. */
  end(): void {
    if (this.current) this.ended.push(this.current);
    this.current = undefined;
  }

  /** Compares what has ended, and asks the other services once for what repeats the sums. */
  async flush(): Promise<void> {
    const ended = this.ended;
    this.ended = [];
    for (const [other, group] of Map.groupBy(ended, ({ sums }) => sums.with)) {
      const owner = definitions.get(other)?.owner;
      const members = group.map(({ member }) => member);
      const others = owner && (await this.surveys.get(owner)?.ofMembers(other, members));
      for (const { member, resources, sums } of group)
        for (const { type, id, where } of sums.differences(resources, others?.get(member) ?? []))
          this.note(type, id, where);
    }
  }
}
