/** The gateway's requests to owners for the resources that the includes of a page need. */
import type { Owner } from './definition.ts';
import { pointsAt } from './definition.ts';
import { ownersOf } from './definitions.ts';
import { invalid, tooCostly } from './outcome.ts';
import { valuesAt } from './path.ts';
import { parseReference, type Resource, type Target } from './resource.ts';
import { type Include, type Includes, parametersOf } from './search-include.ts';

/** Asks for the resources of a type that refer to one of several others by a parameter. */
export interface ReverseRequest {
  type: string;
  parameter: string;
  /** `Type/id` */
  of: string[];
}

export interface RelatedRequest {
  /** `Type/id` for the current version, `Type/id/_history/n` for version n */
  include: string[];
  revinclude: ReverseRequest[];
}

/** The most references in one request: a page of 100 matches with twenty references each has as many. */
const MAX_REFERENCES = 2_000;

const urlOf = ({ type, id, version }: Target) => `${type}/${id}${version ? `/_history/${version}` : ''}`;

function targetsOf(include: Include, resource: Resource): Target[] {
  if (include.type !== resource.resourceType) return [];
  const { target } = include;
  return parametersOf(include).flatMap(([, parameter]) =>
    valuesAt(resource, parameter.path)
      .flatMap((value) => parseReference((value as { reference?: unknown } | null)?.reference ?? value) ?? [])
      .filter(({ type }) => (target === undefined ? pointsAt(parameter, type) : type === target)),
  );
}

/** Collects the request to each service. */
class RequestsByOwner {
  readonly byOwner = new Map<Owner, RelatedRequest>();
  private count = 0;

  private at(owner: Owner): RelatedRequest {
    const request = this.byOwner.get(owner) ?? { include: [], revinclude: [] };
    this.byOwner.set(owner, request);
    this.count += 1;
    if (this.count > MAX_REFERENCES) throw tooCostly();
    return request;
  }

  include(target: Target): void {
    for (const owner of ownersOf(target.type)) this.at(owner).include.push(urlOf(target));
  }

  reverse(type: string, parameter: string, target: Target): void {
    for (const owner of ownersOf(type)) {
      const { revinclude } = this.at(owner);
      let request = revinclude.find((one) => one.type === type && one.parameter === parameter);
      if (!request) revinclude.push((request = { type, parameter, of: [] }));
      request.of.push(urlOf(target));
    }
  }
}

/**
 * The requests about the resources of a page, by owner.
 *
 * @param known references, versioned or not, of what is on the page or was requested before; new requests are added
 * @throws OperationError 400 when there are too many references
 */
export function relatedRequests(
  resources: readonly Resource[],
  { include, revinclude }: Includes,
  known: Set<string>,
): ReadonlyMap<Owner, RelatedRequest> {
  const requests = new RequestsByOwner();
  for (const resource of resources) {
    for (const target of include.flatMap((one) => targetsOf(one, resource))) {
      if (known.has(urlOf(target))) continue;
      known.add(urlOf(target));
      requests.include(target);
    }
    const { resourceType: type, id } = resource;
    for (const one of revinclude) {
      if (one.target !== undefined && one.target !== type) continue;
      for (const [name, parameter] of parametersOf(one))
        if (pointsAt(parameter, type)) requests.reverse(one.type, name, { type, id });
    }
  }
  return requests.byOwner;
}

const badRequest = () => invalid('Not a request about related resources.');

function references(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((one) => parseReference(one) !== undefined)) throw badRequest();
  return value as string[];
}

function reverseRequest(value: unknown): ReverseRequest {
  const { type, parameter, of } = value as Record<string, unknown>;
  const known =
    typeof type === 'string' &&
    typeof parameter === 'string' &&
    parameter !== '*' &&
    parametersOf({ type, parameter }).length === 1;
  if (!known) throw badRequest();
  return { type, parameter, of: references(of) };
}

/**
 * Parses a request.
 *
 * @param text JSON
 * @throws OperationError 400 for a text that {@link relatedRequests} could not have written
 */
export function parseRelatedRequest(text: string): RelatedRequest {
  try {
    const { include, revinclude } = JSON.parse(text) as Record<string, unknown>;
    if (!Array.isArray(revinclude)) throw badRequest();
    return { include: references(include), revinclude: revinclude.map(reverseRequest) };
  } catch {
    throw badRequest();
  }
}
