/** Parses FHIRPath (http://hl7.org/fhirpath/N1) as far as invariants use it. */

export type Expression =
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'nothing' }
  | { kind: 'member'; name: string }
  | { kind: 'variable'; name: string }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'step'; from: Expression; to: Expression }
  | { kind: 'operation'; operator: string; left: Expression; right: Expression }
  | { kind: 'item'; of: Expression; at: Expression }
  | { kind: 'type'; operator: 'is' | 'as'; of: Expression; type: string };

/** An expression that this engine cannot evaluate. Whoever compiles it has to say that it is not checked. */
export class UnsupportedExpression extends Error {
  override name = 'UnsupportedExpression';
}

/** The operators by precedence, the loosest first (http://hl7.org/fhirpath/N1/#operator-precedence). */
const LEVELS: readonly (readonly string[])[] = [
  ['implies'],
  ['or', 'xor'],
  ['and'],
  ['in', 'contains'],
  ['=', '!='],
  ['>', '<', '>=', '<='],
  ['|'],
  ['is', 'as'],
  ['+', '-', '&'],
  ['*', '/', 'mod', 'div'],
];

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([%$]?(?:[A-Za-z_]\w*|`[^`]+`))|(!=|>=|<=|[=><|+\-&*/.,(){}[\]]))/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

interface Token {
  kind: 'string' | 'number' | 'name' | 'symbol' | 'end';
  text: string;
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const [, string, number, name, symbol] = TOKEN.exec(source) ?? [];
    if (string !== undefined) {
      const text = string.slice(1, -1).replace(/\\(.)/g, (_, each: string) => ESCAPES[each] ?? each);
      tokens.push({ kind: 'string', text });
    } else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name.replaceAll('`', '') });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else throw new UnsupportedExpression(`at character ${at}`);
  }
  return tokens;
}

const END: Token = { kind: 'end', text: '' };

class Parser {
  private at = 0;
  private readonly tokens: readonly Token[];

  constructor(source: string) {
    this.tokens = tokensOf(source);
  }

  whole(): Expression {
    const parsed = this.level(0);
    if (this.next !== END) throw new UnsupportedExpression(`at "${this.next.text}"`);
    return parsed;
  }

  private get next(): Token {
    return this.tokens[this.at] ?? END;
  }

  private take(symbol: string): boolean {
    const { kind, text } = this.next;
    if (kind !== 'symbol' || text !== symbol) return false;
    this.at += 1;
    return true;
  }

  private expect(symbol: string): void {
    if (!this.take(symbol)) throw new UnsupportedExpression(`"${symbol}" is missing`);
  }

  private name(): string {
    const { kind, text } = this.next;
    if (kind !== 'name') throw new UnsupportedExpression(`a name is missing at "${text}"`);
    this.at += 1;
    return text;
  }

  private level(depth: number): Expression {
    const operators = LEVELS[depth];
    if (!operators) return this.steps();
    let left = this.level(depth + 1);
    for (;;) {
      const { kind, text: operator } = this.next;
      if ((kind !== 'symbol' && kind !== 'name') || !operators.includes(operator)) return left;
      this.at += 1;
      if (operator === 'is' || operator === 'as')
        left = { kind: 'type', operator, of: left, type: this.type() };
      else left = { kind: 'operation', operator, left, right: this.level(depth + 1) };
    }
  }

  private type(): string {
    const first = this.name();
    return this.take('.') ? this.name() : first;
  }

  private steps(): Expression {
    let from = this.term();
    for (;;) {
      if (this.take('.')) from = { kind: 'step', from, to: this.invocation() };
      else if (this.take('[')) {
        from = { kind: 'item', of: from, at: this.level(0) };
        this.expect(']');
      } else return from;
    }
  }

  private term(): Expression {
    const { kind, text } = this.next;
    if (this.take('(')) {
      const inner = this.level(0);
      this.expect(')');
      return inner;
    }
    if (this.take('{')) {
      this.expect('}');
      return { kind: 'nothing' };
    }
    if (kind === 'name') return this.invocation();
    this.at += 1;
    if (kind === 'string') return { kind: 'literal', value: text };
    if (kind === 'number') return { kind: 'literal', value: Number(text) };
    throw new UnsupportedExpression(`at "${text}"`);
  }

  private invocation(): Expression {
    const name = this.name();
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' };
    if (/^[%$]/.test(name)) return { kind: 'variable', name };
    if (!this.take('(')) return { kind: 'member', name };
    const args: Expression[] = [];
    while (!this.take(')')) {
      if (args.length > 0) this.expect(',');
      args.push(this.level(0));
    }
    return { kind: 'call', name, args };
  }
}

/** @throws UnsupportedExpression */
export const parseExpression = (source: string): Expression => new Parser(source).whole();
