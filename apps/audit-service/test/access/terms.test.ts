import { expect, it } from '@jest/globals';
import { auditEvent } from '../../src/audit-event.ts';
import { searchedValues, term, termsOf } from '../../src/term.ts';
import { eventsOfEveryKind } from '../events.ts';
import { accessEvent } from '../world.ts';

it('the numbers of an event are those of each of its values alone, also of values that came before', () => {
  const odd = [' ', '', 'a|b'].flatMap((text) => [
    accessEvent({ user: { iss: text, sub: text }, client: { id: text }, grantId: text, token: text }),
    accessEvent({ user: { iss: `${text} system`, sub: '' }, member: text || undefined }),
  ]);
  const events = [...eventsOfEveryKind(), ...odd].map((event) => auditEvent({ v: 2, ...event }, 'id'));
  const numbers = (event: (typeof events)[number]) =>
    searchedValues(event).map(([parameter, value]) => term(parameter, value));
  for (const event of [...events, ...events, ...events.reverse()])
    expect(termsOf(event)).toEqual(numbers(event));
});
