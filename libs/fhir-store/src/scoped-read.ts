import pg from 'pg';
import type { Scope, Statement } from './scope.ts';

/** node-postgres' connection, as its own query class uses it; the published types have an older shape. */
interface Connection {
  stream: { cork(): void; uncork(): void };
  parse(message: { name: string; text: string }): void;
  bind(message: { portal: string; statement: string; values: (string | null)[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string }): void;
  sync(): void;
}

interface Field {
  name: string;
  dataTypeID: number;
}

const SET_SCOPE = {
  name: 'set-scope',
  text: "SELECT set_config('app.tenant', $1, true), set_config('app.member', $2, true)",
};
const SET_SCOPE_IN_ORDER = {
  name: 'set-scope-in-order',
  text: `${SET_SCOPE.text}, set_config('enable_sort', 'off', true)`,
};
const PORTAL = '';

/** What each connection has prepared, by name. */
const prepared = new WeakMap<object, Set<string>>();

function preparedOn(connection: Connection): Set<string> {
  const names = prepared.get(connection) ?? new Set();
  prepared.set(connection, names);
  return names;
}

/** A parameter in Postgres' text format; an array is its literal. */
function wire(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return String(value);
  return `{${value.map((item) => `"${String(item).replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}

function send(connection: Connection, statement: Statement): void {
  const { name = '', text, values } = statement;
  const names = preparedOn(connection);
  if (!name || !names.has(name)) connection.parse({ name, text });
  if (name) names.add(name);
  connection.bind({ portal: PORTAL, statement: name, values: values.map(wire) });
}

/**
 * The scope and the statements as one message train with a single Sync at its end. Up to the Sync all of it is one
 * transaction (PostgreSQL, "Pipelining" of the extended query protocol): the settings hold for the statements behind
 * them and for nothing else, without a BEGIN and a COMMIT, which would cost as much as the read itself.
 */
export class ScopedRead<Row> implements pg.Submittable {
  readonly result: Promise<Row[][]>;
  /** node-postgres wraps it with its time-out, so it has to be a property */
  callback: (error: Error | null, rows?: Row[][]) => void = () => undefined;
  private readonly scope: Scope;
  private readonly statements: readonly Statement[];
  private readonly rows: Row[][];
  private fields: { name: string; parse: (text: string) => unknown }[] = [];
  /** the one whose answer is coming in; -1: the scope's */
  private current = -1;

  constructor(scope: Scope, statements: readonly Statement[]) {
    this.scope = scope;
    this.statements = statements;
    this.rows = statements.map(() => []);
    this.result = new Promise((resolve, reject) => {
      this.callback = (error, rows) => (error ? reject(error) : resolve(rows ?? []));
    });
  }

  submit(incoming: pg.Connection): void {
    const connection = incoming as unknown as Connection;
    connection.stream.cork();
    try {
      const setScope = this.statements.some(({ inOrder }) => inOrder) ? SET_SCOPE_IN_ORDER : SET_SCOPE;
      send(connection, { ...setScope, values: [this.scope.tenant, this.scope.member] });
      connection.execute({ portal: PORTAL });
      for (const statement of this.statements) {
        send(connection, statement);
        connection.describe({ type: 'P', name: PORTAL });
        connection.execute({ portal: PORTAL });
      }
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { fields: Field[] }): void {
    this.fields = fields.map(({ name, dataTypeID }) => ({ name, parse: pg.types.getTypeParser(dataTypeID) }));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.current < 0) return;
    const row: Record<string, unknown> = {};
    for (const [at, { name, parse }] of this.fields.entries()) {
      const text = fields[at] ?? null;
      row[name] = text === null ? null : parse(text);
    }
    this.rows[this.current]?.push(row as Row);
  }

  handleCommandComplete(): void {
    this.current += 1;
  }

  handleReadyForQuery(): void {
    this.callback(null, this.rows);
  }

  handleError(error: Error): void {
    this.callback(error);
  }
}
