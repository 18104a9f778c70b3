/** Connections of node-postgres whose transactions begin with the settings of their pool, in no further round trip. */
import pg from 'pg';
import { NOTICE_LOST_CLIENT } from './lost-client.ts';
import { believeOnlyServer, listenToServer } from './read-only-server.ts';
import { PLANNED_ONCE_BY_KEY } from './settings.ts';

const NAME = 'transaction-settings';
/** The same, for a statement that keeps its plan. */
const NAME_PLANNED_ONCE = 'transaction-settings-planned-once';
/** The settings come before no statement that begins or ends a transaction, or that has to be its first, or never waits. */
const BEFORE_SETTINGS = /^\s*(?:BEGIN|COMMIT|ROLLBACK|SET TRANSACTION|LISTEN)\b/i;
/** What the server says between transactions, and in one that has not failed. */
const [IDLE, IN_TRANSACTION] = ['I', 'T'];

/** The parts of node-postgres that its types do not name. */
interface Wire {
  stream: { cork(): void; uncork(): void };
  bind(what: { statement: string }): void;
  execute(what: object): void;
}
type Submit = (connection: Wire) => Error | null;
interface Sent {
  text?: string;
  queryMode?: string;
  callback?: (error: Error | undefined, result: unknown) => void;
  submit: Submit;
  handleCommandComplete(message: unknown, connection: unknown): void;
}
interface Status {
  getTransactionStatus(): string | null;
}

/** Never returns a row, so that what the server says of it is one message. `concat` asks for each of its arguments. */
const textOf = (columns: string) => `SELECT 1 WHERE concat(${columns}) IS NULL`;

// These functions are made by others and then assigned: V8 would not let go of a statement soon otherwise (ADR 146).

/** @returns what takes the answer to the settings, and nothing after it */
function skipOnce(query: Sent): () => void {
  const handle = query.handleCommandComplete;
  return () => {
    query.handleCommandComplete = handle;
  };
}

type Callback = NonNullable<Sent['callback']>;

const settling =
  (resolve: (result: unknown) => void, reject: (error: Error) => void): Callback =>
  (error, result) =>
    error ? reject(error) : resolve(result);

/** Sends the settings before the messages of a query, and keeps the answer to them from the query. */
function sendBehindSettings(settings: string, query: Sent, submit: Submit, connection: Wire): Error | null {
  query.handleCommandComplete = skipOnce(query);
  // One transaction with the settings, also where it has no values.
  query.queryMode = 'extended';
  connection.stream.cork();
  try {
    connection.bind({ statement: settings });
    connection.execute({});
    return submit.call(query, connection);
  } finally {
    connection.stream.uncork();
  }
}

/**
 * A query by key, outside of a transaction, that keeps one plan for each connection, where its pool is for such queries: see
 * `PLANNED_ONCE_BY_KEY`.
 */
export interface PlannedOnce extends pg.QueryConfig {
  name: string;
  plannedOnce: true;
}

const isPlannedOnce = (config: unknown): boolean =>
  (config as Partial<PlannedOnce> | null)?.plannedOnce === true;

/** The stack of an error of the server leads to a socket; this one leads to who has asked. */
function leadHere(error: Error): never {
  Error.captureStackTrace(error);
  throw error;
}

/** A statement outside of a transaction is one: the settings are sent with it. In a transaction they are with the first one. */
class SettingsClient extends pg.Client {
  private areSet = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    listenToServer(this);
  }

  /** As node-postgres has it, with all of its forms. */
  override query(...given: unknown[]): never {
    const [config] = given;
    const isQuery = typeof (config as { submit?: unknown } | null)?.submit === 'function';
    return (isQuery ? this.send(given) : this.sendWithSettings(given)) as never;
  }

  private send(given: unknown[]): unknown {
    return Reflect.apply(pg.Client.prototype.query as unknown as () => unknown, this, given);
  }

  private sendWithSettings(given: unknown[]): unknown {
    const query = Reflect.construct(pg.Query, given) as unknown as Sent;
    const answer = query.callback
      ? undefined
      : new Promise((resolve, reject) => {
          query.callback = settling(resolve, reject);
        }).catch(leadHere);
    query.submit = this.submitting(query, this.settingsOf(given[0]));
    this.send([query]);
    return answer;
  }

  private submitting(query: Sent, settings: string): Submit {
    const { submit } = query;
    return (connection) =>
      this.needsSettings(query.text)
        ? sendBehindSettings(settings, query, submit, connection)
        : submit.call(query, connection);
  }

  /** @returns the name of what is sent before this query */
  protected settingsOf(_config: unknown): string {
    return NAME;
  }

  private needsSettings(text = ''): boolean {
    const status = (this as unknown as Status).getTransactionStatus();
    if (status === IDLE) this.areSet = false;
    if (this.areSet || BEFORE_SETTINGS.test(text)) return false;
    this.areSet = status === IN_TRANSACTION;
    return status === IDLE || status === IN_TRANSACTION;
  }
}

/** The same for a pool whose requests share statements. */
class SharedStatementsClient extends SettingsClient {
  protected override settingsOf(config: unknown): string {
    return isPlannedOnce(config) ? NAME_PLANNED_ONCE : NAME;
  }
}

/** By the text of a statement. Whoever adds to a text what differs from call to call gives it another name each time. */
const names = new Map<string, string>();
/** Enough for all statements of a service; further ones are planned for each call. A pooler keeps as many (docs/operate.md). */
const MOST_NAMES = 150;

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_NAMES) return known;
  const name = `kept-${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** The same for a pool each statement of which keeps its plan, also within a transaction: those with values get a name. */
class KeptPlansClient extends SettingsClient {
  override query(...given: unknown[]): never {
    const [text, values, ...others] = given;
    if (typeof text !== 'string' || !Array.isArray(values)) return super.query(...given);
    return super.query({ name: nameOf(text), text, values }, ...others);
  }
}

const sent = (client: pg.ClientBase, query: pg.QueryConfig) =>
  new Promise<pg.QueryResult<{ pid?: number }>>((resolve, reject) => {
    client.query(new pg.Query(query, (error, result) => (error ? reject(error) : resolve(result))));
  });

const prepared = (client: pg.ClientBase, name: string, columns: string) =>
  sent(client, { name, text: textOf(columns) });

const begun = async (client: pg.ClientBase, columns: string): Promise<void> => {
  const { rows } = await sent(client, { text: NOTICE_LOST_CLIENT });
  believeOnlyServer(client, rows[0]?.pid);
  await prepared(client, NAME, columns);
};

/** @param columns see settingColumns @returns what a pool needs, so that its transactions have these settings */
export const withSettings = (columns: string): Pick<pg.PoolConfig, 'Client' | 'onConnect'> => ({
  Client: SettingsClient,
  onConnect: (client) => begun(client, columns) as unknown as void,
});

/** {@link withSettings}, and further ones with which statements keep their plan: one more round trip for each connection. */
export const withSettingsOfShared = (columns: string): Pick<pg.PoolConfig, 'Client' | 'onConnect'> => ({
  Client: SharedStatementsClient,
  onConnect: (client) =>
    begun(client, columns).then(() =>
      prepared(client, NAME_PLANNED_ONCE, `${columns}, ${PLANNED_ONCE_BY_KEY}`),
    ) as unknown as void,
});

/** {@link withSettings}, with which every statement keeps its plan. */
export const withKeptPlans = (columns: string): Pick<pg.PoolConfig, 'Client' | 'onConnect'> => ({
  ...withSettings(`${columns}, ${PLANNED_ONCE_BY_KEY}`),
  Client: KeptPlansClient,
});
