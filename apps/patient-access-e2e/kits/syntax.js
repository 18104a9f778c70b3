/**
 * Prints, as JSON, where the code on standard input does not follow the grammar of the language that is named. It runs in a
 * process of its own, because the parser does not start within a test.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Parser from 'web-tree-sitter';

const [, , language] = process.argv;
const GRAMMARS = join(import.meta.dirname, 'node_modules/tree-sitter-wasms/out');

const faultsBelow = (node) =>
  node.type === 'ERROR' || node.isMissing()
    ? [`line ${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`]
    : node.children.flatMap(faultsBelow);

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Parser.Language.load(join(GRAMMARS, `tree-sitter-${language}.wasm`)));
console.log(JSON.stringify(faultsBelow(parser.parse(readFileSync(0, 'utf8')).rootNode)));
