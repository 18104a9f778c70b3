import { EventsPerMinute } from '../audit/events-per-minute.ts';

/** Of one network, or one person, in a minute: as many as the edge gives a known caller (ADR 62). */
const OF_ONE_SOURCE = 30;

/**
 * Which refused logins of a plan have an event of their own. Persons whom its identity provider has named are counted apart: a
 * stranger has as many networks as she likes, and must not use up their events (security case A16).
 */
export class OwnRefusals {
  private readonly persons = new EventsPerMinute(OF_ONE_SOURCE);
  private readonly networks = new EventsPerMinute(OF_ONE_SOURCE);

  /** @param subject of the person, if the provider has named one @param network where the login was tried */
  mayHaveOwn(subject: string | undefined, network: string): boolean {
    return subject === undefined ? this.networks.mayHaveOwn(network) : this.persons.mayHaveOwn(subject);
  }
}
