import { functions } from './functions.ts';
import { placeOf, scanTemplate, templateError, type Token } from './scan-template.ts';
import { scanWords, type Word } from './scan-words.ts';
import type { Block, Node, Operand, Pipe } from './types.ts';

/** Parses a template. Throws `invalid` where it is wrong. */
export function parseTemplate(source: string): readonly Node[] {
  const parser: Parser = { source, tokens: scanTemplate(source) };
  const nodes = parseNodes(parser);
  const rest = parser.tokens[0];
  if (rest) throw templateError(placeOf(source, rest.at), `unexpected {{${rest.text}}}`);
  return nodes;
}

interface Parser {
  readonly source: string;
  /** What is not parsed yet. */
  readonly tokens: Token[];
}

function parseNodes(parser: Parser): Node[] {
  const nodes: Node[] = [];
  for (;;) {
    const token = parser.tokens[0];
    if (!token || (token.action && /^(end|else)\b/.test(token.text))) return nodes;
    parser.tokens.shift();
    if (!token.action) nodes.push({ kind: 'text', text: token.text });
    else if (!token.text.startsWith('/*')) nodes.push(parseAction(parser, token));
  }
}

function parseAction(parser: Parser, token: Token): Node {
  const block = /^(if|range|with)\s+(?:(\$\w+)(?:\s*,\s*(\$\w+))?\s*:=\s*)?/.exec(token.text);
  if (block) {
    const [head, word, first, second] = block;
    const variables = [first, second].filter((name) => name !== undefined);
    const pipe = parsePipe(parser, token, head.length);
    return parseBlock(parser, { word: word as Block['word'], variables, pipe });
  }
  const assign = /^(\$\w+)\s*:?=\s*/.exec(token.text);
  if (!assign) return { kind: 'output', pipe: parsePipe(parser, token, 0) };
  return { kind: 'assign', name: assign[1] as string, pipe: parsePipe(parser, token, assign[0].length) };
}

function parseBlock(parser: Parser, head: Pick<Block, 'word' | 'variables' | 'pipe'>): Block {
  const body = parseNodes(parser);
  const block = (otherwise: readonly Node[]): Block => ({ kind: 'block', ...head, body, otherwise });
  const next = shiftEnd(parser);
  if (next.text === 'end') return block([]);
  const chained = /^else\s+(?=if\s)/.exec(next.text);
  if (chained) {
    const skipped = chained[0].length;
    const token = { ...next, text: next.text.slice(skipped), at: next.at + skipped };
    return block([parseAction(parser, token)]);
  }
  const otherwise = parseNodes(parser);
  const end = shiftEnd(parser);
  if (end.text !== 'end') throw templateError(placeOf(parser.source, end.at), `unexpected {{${end.text}}}`);
  return block(otherwise);
}

function shiftEnd({ tokens, source }: Parser): Token {
  const token = tokens.shift();
  if (!token) throw templateError(`:${source.split('\n').length}`, 'unexpected EOF');
  return token;
}

function parsePipe({ source }: Parser, token: Token, skip: number): Pipe {
  const place = placeOf(source, token.at);
  const words = scanWords(token, skip, source);
  const pipe = readPipe(words, place);
  if (words.length > 0) throw templateError(place, `unexpected ")" in {{${token.text}}}`);
  if (pipe.some((command) => command.length === 0))
    throw templateError(place, `missing value for ${token.text === '' ? 'command' : `{{${token.text}}}`}`);
  return pipe;
}

/** Reads words until the end or the closing parenthesis, which it leaves. */
function readPipe(words: Word[], place: string): Pipe {
  const commands: Operand[][] = [[]];
  while (words.length > 0 && words[0] !== ')') {
    const word = words.shift() as Exclude<Word, ')'>;
    if (word === '|') commands.push([]);
    else if (word === '(') commands.at(-1)?.push(readGroup(words, place));
    else if (word.kind !== 'path') commands.at(-1)?.push(checkFunction(word, place));
  }
  return commands;
}

function readGroup(words: Word[], place: string): Operand {
  const pipe = readPipe(words, place);
  if (words.shift() !== ')') throw templateError(place, 'unclosed left paren');
  const next = words[0];
  const path = typeof next === 'object' && next.kind === 'path' ? next.path : [];
  if (path.length > 0) words.shift();
  return { kind: 'group', pipe, path, place: `${place}: executing "" at <${path.join('.')}>` };
}

function checkFunction(operand: Operand, place: string): Operand {
  if (operand.kind === 'function' && !Object.hasOwn(functions, operand.name))
    throw templateError(place.replace(/:\d+$/, ''), `function "${operand.name}" not defined`);
  return operand;
}
