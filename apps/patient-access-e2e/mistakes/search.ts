/** Mistakes in searches. */
import { type Mistake, mistake, type Scene } from './scene.ts';
import { bearer, type Mistaken, send } from './send.ts';

const searching =
  (query: string | ((scene: Scene) => string), headers: Mistaken['headers'] = []) =>
  (scene: Scene) =>
    send(`${scene.dev.fhir}/${typeof query === 'function' ? query(scene) : query}`, {
      headers: [bearer(scene.whole.access_token), ...headers],
    });

const VALUE = 'parameter-invalid';
const UNSUPPORTED = 'parameter-unsupported';
const strict = [['prefer', 'handling=strict']] as const;

export const SEARCH_MISTAKES: readonly Mistake[] = [
  mistake('a date in words', VALUE, /date: .*ge2026/, searching('Observation?date=yesterday')),
  mistake('a date in the order of the USA', VALUE, /date: /, searching('Observation?date=01/31/2026')),
  mistake('a date that does not exist', VALUE, /date: /, searching('Observation?date=2026-13-01')),
  mistake('a sign as prefix', VALUE, /date: .*ge/, searching('Observation?date=%3E2026')),
  mistake('a prefix on a token', VALUE, /./, searching('Coverage?_lastUpdated=since2026')),
  mistake('a number as _count that is none', VALUE, /_count: /, searching('Observation?_count=all')),
  mistake('a negative _count', VALUE, /_count: /, searching('Observation?_count=-1')),
  mistake('_summary that is not one', UNSUPPORTED, /_summary: /, searching('Observation?_summary=short')),
  mistake('_total that is not one', UNSUPPORTED, /_total: /, searching('Observation?_total=maybe')),
  mistake(':missing with yes', VALUE, /true or false/, searching('Observation?code:missing=yes')),
  mistake(
    'a cursor of its own',
    'cursor-invalid',
    /_cursor.*Start the search again/,
    searching('Observation?_cursor=abc'),
  ),
  mistake(
    '_sort by a name that is not there',
    UNSUPPORTED,
    /_sort: .*birthday/,
    searching('Observation?_sort=birthday'),
  ),
  mistake(
    'an include that is not there',
    UNSUPPORTED,
    /_include: /,
    searching('Observation?_include=Observation:patients'),
  ),
  mistake(
    'an include without its type',
    UNSUPPORTED,
    /_include: /,
    searching('Observation?_include=subject'),
  ),
  mistake(
    'a reverse include that is not there',
    UNSUPPORTED,
    /_revinclude: /,
    searching('Observation?_revinclude=Provenance:agent'),
  ),
  mistake('_has', UNSUPPORTED, /_has/, searching('Observation?_has:Provenance:target:agent=1')),
  mistake('_filter', UNSUPPORTED, /_filter/, searching('Observation?_filter=code%20eq%201')),
  mistake('_content', UNSUPPORTED, /_content/, searching('Observation?_content=x')),
  mistake(
    'a control parameter with a typing error',
    UNSUPPORTED,
    /_counts/,
    searching('Observation?_counts=5'),
  ),
  mistake('a modifier of another kind', UNSUPPORTED, /code: .*:exact/, searching('Observation?code:exact=1')),
  mistake('a value set', UNSUPPORTED, /code: .*:in/, searching('Observation?code:in=http://example.org/vs')),
  mistake('a chain that is not there', UNSUPPORTED, /./, searching('Observation?performer.name=x')),
  mistake('an unknown name, strictly', UNSUPPORTED, /colour/, searching('Observation?colour=red', strict)),
  mistake(
    'an array of a library, strictly',
    UNSUPPORTED,
    /date\[\].*Write date=.*without brackets/,
    searching('Observation?date[]=ge2026', strict),
  ),
  mistake(
    'another member by patient',
    'member-other',
    /one member.*another/,
    searching('Observation?patient=somebody-else'),
  ),
  mistake(
    'another member by subject',
    'member-other',
    /another/,
    searching('Observation?subject=Patient/somebody-else'),
  ),
  mistake(
    'a member by an identifier',
    'member-other',
    /another/,
    searching('Observation?patient.identifier=123'),
  ),
  mistake('a value of 2,000 characters', VALUE, /code/, searching(`Observation?code=${'x'.repeat(2_000)}`)),
  mistake(
    'fifty parameters',
    'request-invalid',
    /parameters/,
    searching(`Observation?${'code=1&'.repeat(50)}`),
  ),
  mistake(
    '_since in words',
    VALUE,
    /_since: /,
    searching(({ whole }) => `Patient/${whole.patient}/$everything?_since=yesterday`),
  ),
  mistake(
    'start at $everything',
    UNSUPPORTED,
    /start/,
    searching(({ whole }) => `Patient/${whole.patient}/$everything?start=2026-01-01`),
  ),
  mistake(
    '$everything of another member',
    'not-found',
    /no such resource/,
    searching('Patient/somebody-else/$everything'),
  ),
  mistake(
    '$docref of another member',
    'member-other',
    /another/,
    searching('DocumentReference/$docref?patient=somebody-else'),
  ),
  mistake(
    'a profile at $docref',
    UNSUPPORTED,
    /profile/,
    searching(({ whole }) => `DocumentReference/$docref?patient=${whole.patient}&profile=http://example.org`),
  ),
  mistake(
    '_elements with includes',
    UNSUPPORTED,
    /_elements|_include/,
    searching('Observation?_elements=code&_include=Observation:subject'),
  ),
];
