import { invalid } from '../../lib/errors.ts';

/*
 * Go's text/template, as far as `--format` of Docker's CLI uses it: fields, variables, pipelines, if/else/range/with, the built-in
 * functions and Docker's own (json, join, upper, lower, title, split, pad, truncate, println, table).
 */

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly pipe: Pipe }
  | {
      readonly kind: 'block';
      readonly word: 'if' | 'range' | 'with';
      readonly variables: readonly string[];
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly kind: 'assign'; readonly name: string; readonly pipe: Pipe };
type Pipe = readonly (readonly Operand[])[];
type Operand =
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'group'; readonly pipe: Pipe; readonly path: readonly string[] };

type Scope = ReadonlyMap<string, unknown>;

/** Compiles a template; the result prints a value. Throws `invalid` for a template that is wrong. */
export function compileTemplate(source: string): (data: unknown) => string {
  const tokens = tokenize(source);
  const nodes = parseNodes(tokens, source);
  if (tokens.length > 0) throw fail(source, `unexpected {{${tokens[0]?.text}}}`);
  return (data) => render(nodes, data, new Map([['$', data]]));
}

interface Token {
  readonly action: boolean;
  readonly text: string;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let rest = source;
  for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
    const close = rest.indexOf('}}', open);
    if (close < 0) throw fail(source, 'unclosed action');
    const inner = rest.slice(open + 2, close);
    const before = rest.slice(0, open);
    tokens.push({ action: false, text: inner.startsWith('- ') ? before.trimEnd() : before });
    tokens.push({ action: true, text: inner.replace(/^- /, '').replace(/ -$/, '').trim() });
    rest = inner.endsWith(' -') ? rest.slice(close + 2).trimStart() : rest.slice(close + 2);
  }
  tokens.push({ action: false, text: rest });
  return tokens;
}

function parseNodes(tokens: Token[], source: string): Node[] {
  const nodes: Node[] = [];
  while (tokens.length > 0) {
    const token = tokens[0] as Token;
    if (token.action && /^(end|else)\b/.test(token.text)) return nodes;
    tokens.shift();
    if (!token.action) nodes.push({ kind: 'text', text: token.text });
    else if (!token.text.startsWith('/*')) nodes.push(parseAction(token.text, tokens, source));
  }
  return nodes;
}

function parseAction(text: string, tokens: Token[], source: string): Node {
  const block = /^(if|range|with)\s+(?:(\$\w+)(?:\s*,\s*(\$\w+))?\s*:=\s*)?([\s\S]*)$/.exec(text);
  if (block) {
    const [, word, first, second, pipe = ''] = block;
    const variables = [first, second].filter((name) => name !== undefined);
    return parseBlock(word as 'if' | 'range' | 'with', variables, parsePipe(pipe, source), tokens, source);
  }
  const assign = /^(\$\w+)\s*:?=\s*([\s\S]*)$/.exec(text);
  if (assign) return { kind: 'assign', name: assign[1] as string, pipe: parsePipe(assign[2] ?? '', source) };
  return { kind: 'output', pipe: parsePipe(text, source) };
}

function parseBlock(
  word: 'if' | 'range' | 'with',
  variables: readonly string[],
  pipe: Pipe,
  tokens: Token[],
  source: string,
): Node {
  const body = parseNodes(tokens, source);
  const next = tokens.shift();
  if (!next) throw fail(source, `unexpected EOF: {{${word}}} has no {{end}}`);
  if (next.text === 'end') return { kind: 'block', word, variables, pipe, body, otherwise: [] };
  const chained = /^else\s+(if\s[\s\S]*)$/.exec(next.text);
  if (chained)
    return {
      kind: 'block',
      word,
      variables,
      pipe,
      body,
      otherwise: [parseAction(chained[1] as string, tokens, source)],
    };
  const otherwise = parseNodes(tokens, source);
  if (tokens.shift()?.text !== 'end') throw fail(source, `{{${word}}} has no {{end}}`);
  return { kind: 'block', word, variables, pipe, body, otherwise };
}

const wordPattern =
  /\s*(?:("(?:[^"\\]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\$\w*)((?:\.\w+)*)|((?:\.\w+)+|\.)|(true|false|nil)\b|(\w+)|([()|]))/y;

function parsePipe(text: string, source: string): Pipe {
  const words = scanWords(text, source);
  const pipe = readPipe(words, source);
  if (words.length > 0) throw fail(source, `unexpected ${JSON.stringify(words[0])} in {{${text}}}`);
  if (pipe.some((command) => command.length === 0)) throw fail(source, `missing value in {{${text}}}`);
  return pipe;
}

type Word = Operand | '(' | ')' | '|' | { readonly kind: 'path'; readonly path: readonly string[] };

function scanWords(text: string, source: string): Word[] {
  const words: Word[] = [];
  wordPattern.lastIndex = 0;
  while (wordPattern.lastIndex < text.trimEnd().length) {
    const at = wordPattern.lastIndex;
    const match = wordPattern.exec(text);
    if (!match) throw fail(source, `unexpected ${JSON.stringify(text.slice(at).trim())} in {{${text}}}`);
    words.push(wordOf(match, words.at(-1) === ')' && !/^\s/.test(match[0])));
  }
  return words;
}

function wordOf(match: RegExpExecArray, afterGroup: boolean): Word {
  const [, quoted, number, variable, variablePath, field, constant, name, mark] = match;
  if (quoted !== undefined)
    return {
      kind: 'literal',
      value: quoted.startsWith('`') ? quoted.slice(1, -1) : JSON.parse(quoted.replaceAll('\t', '\\t')),
    };
  if (number !== undefined) return { kind: 'literal', value: Number(number) };
  if (variable !== undefined) return { kind: 'variable', name: variable, path: pathOf(variablePath ?? '') };
  if (field !== undefined) return { kind: afterGroup ? 'path' : 'field', path: pathOf(field) };
  if (constant !== undefined)
    return { kind: 'literal', value: constant === 'nil' ? undefined : constant === 'true' };
  if (name !== undefined) return { kind: 'function', name };
  return mark as '(' | ')' | '|';
}

const pathOf = (text: string): string[] => text.split('.').filter((part) => part !== '');

function readPipe(words: Word[], source: string): Pipe {
  const commands: Operand[][] = [[]];
  while (words.length > 0 && words[0] !== ')') {
    const word = words.shift() as Exclude<Word, ')'>;
    if (word === '|') commands.push([]);
    else if (word === '(') commands.at(-1)?.push(readGroup(words, source));
    else if (word.kind !== 'path') commands.at(-1)?.push(word);
  }
  return commands;
}

function readGroup(words: Word[], source: string): Operand {
  const pipe = readPipe(words, source);
  if (words.shift() !== ')') throw fail(source, 'unclosed left paren');
  const next = words[0];
  const path = typeof next === 'object' && next.kind === 'path' ? next.path : [];
  if (path.length > 0) words.shift();
  return { kind: 'group', pipe, path };
}

function render(nodes: readonly Node[], dot: unknown, outer: Scope): string {
  const scope = new Map(outer);
  let out = '';
  for (const node of nodes) {
    if (node.kind === 'text') out += node.text;
    else if (node.kind === 'output') out += show(evaluate(node.pipe, dot, scope));
    else if (node.kind === 'assign') scope.set(node.name, evaluate(node.pipe, dot, scope));
    else out += renderBlock(node, dot, scope);
  }
  return out;
}

function renderBlock(node: Extract<Node, { kind: 'block' }>, dot: unknown, scope: Scope): string {
  const value = evaluate(node.pipe, dot, scope);
  if (!isTrue(value)) return render(node.otherwise, dot, scope);
  if (node.word === 'range')
    return entriesOf(value)
      .map(([key, item]) => render(node.body, item, bind(scope, node.variables, key, item)))
      .join('');
  const inner = node.variables[0] === undefined ? scope : new Map([...scope, [node.variables[0], value]]);
  return render(node.body, node.word === 'with' ? value : dot, inner);
}

function bind(scope: Scope, variables: readonly string[], key: unknown, item: unknown): Scope {
  if (variables.length === 0) return scope;
  const [first, second] = variables as [string, string?];
  return new Map<string, unknown>([
    ...scope,
    ...(second === undefined ? [[first, item] as const] : [[first, key] as const, [second, item] as const]),
  ]);
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => [index, index]);
  throw invalid(`template: range can't iterate over ${show(value)}`);
}

function evaluate(pipe: Pipe, dot: unknown, scope: Scope): unknown {
  let value: unknown;
  pipe.forEach((command, index) => {
    const piped = index === 0 ? [] : [value];
    const [head, ...rest] = command as [Operand, ...Operand[]];
    if (head.kind !== 'function') value = operand(head, dot, scope);
    else value = call(head.name, [...rest.map((item) => operand(item, dot, scope)), ...piped]);
  });
  return value;
}

function operand(item: Operand, dot: unknown, scope: Scope): unknown {
  switch (item.kind) {
    case 'literal':
      return item.value;
    case 'field':
      return follow(dot, item.path);
    case 'variable':
      return follow(scope.get(item.name), item.path);
    case 'group':
      return follow(evaluate(item.pipe, dot, scope), item.path);
    case 'function':
      return call(item.name, []);
  }
}

function follow(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (current === null || current === undefined) return undefined;
    if (typeof current !== 'object')
      throw invalid(`template: can't evaluate field ${name} in type ${typeof current}`);
    const owner = current as Record<string, unknown>;
    const method = owner[name];
    if (method === undefined && !(name in owner) && isRow(owner))
      throw invalid(`template: can't evaluate field ${name}`);
    current = typeof method === 'function' ? (method as () => unknown).call(owner) : method;
  }
  return current;
}

/** Rows of a list know their columns; in raw JSON a missing member is only empty. */
const isRow = (value: object): boolean => Object.hasOwn(value, rowMark);
/** Marks an object as having a closed set of members, so that a wrong name in a template is an error. */
export const rowMark: unique symbol = Symbol('row');

const compare = (a: unknown, b: unknown): number => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

const functions: Readonly<Record<string, (...args: any[]) => unknown>> = {
  json: (value: unknown) => JSON.stringify(value ?? null),
  join: (items: unknown[] | undefined, separator: string) => (items ?? []).join(separator),
  upper: (value: unknown) => show(value).toUpperCase(),
  lower: (value: unknown) => show(value).toLowerCase(),
  title: (value: unknown) => show(value).replace(/\b\w/g, (letter) => letter.toUpperCase()),
  split: (value: unknown, separator: string) => show(value).split(separator),
  truncate: (value: unknown, length: number) => show(value).slice(0, length),
  pad: (value: unknown, before: number, after: number) =>
    show(value) === '' ? '' : ' '.repeat(before) + show(value) + ' '.repeat(after),
  println: (...args: unknown[]) => `${args.map(show).join(' ')}\n`,
  print: (...args: unknown[]) => args.map(show).join(''),
  printf: (format: string, ...args: unknown[]) => printf(format, args),
  len: (value: unknown) =>
    typeof value === 'object' && value !== null ? entriesOf(value).length : show(value).length,
  index: (value: unknown, ...keys: (string | number)[]) =>
    keys.reduce<unknown>(
      (current, key) => (current as Record<string | number, unknown> | undefined)?.[key],
      value,
    ),
  slice: (value: string | unknown[], from: number, to?: number) => value.slice(from, to),
  eq: (first: unknown, ...rest: unknown[]) => rest.some((other) => first === other),
  ne: (a: unknown, b: unknown) => a !== b,
  lt: (a: unknown, b: unknown) => compare(a, b) < 0,
  le: (a: unknown, b: unknown) => compare(a, b) <= 0,
  gt: (a: unknown, b: unknown) => compare(a, b) > 0,
  ge: (a: unknown, b: unknown) => compare(a, b) >= 0,
  not: (value: unknown) => !isTrue(value),
  and: (...args: unknown[]) => args.find((value) => !isTrue(value)) ?? args.at(-1),
  or: (...args: unknown[]) => args.find(isTrue) ?? args.at(-1),
  html: (value: unknown) => show(value),
  js: (value: unknown) => show(value),
};

function call(name: string, args: unknown[]): unknown {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!found) throw invalid(`template parsing error: function "${name}" not defined`);
  return found(...args);
}

function printf(format: string, args: unknown[]): string {
  let next = 0;
  return format.replace(
    /%(-?)(\d*)(?:\.(\d+))?([%sdvqftx])/g,
    (_whole, left: string, width: string, digits: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      const value = args[next++];
      const shown =
        verb === 'q'
          ? JSON.stringify(show(value))
          : verb === 'f'
            ? Number(value).toFixed(Number(digits ?? 6))
            : verb === 'x'
              ? Number(value).toString(16)
              : show(value);
      return left ? shown.padEnd(Number(width)) : shown.padStart(Number(width));
    },
  );
}

function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as Go prints it with %v. */
function show(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (typeof value === 'object')
    return `map[${entriesOf(value)
      .map(([key, item]) => `${String(key)}:${show(item)}`)
      .join(' ')}]`;
  return String(value as string | number | boolean);
}

const fail = (source: string, why: string): Error =>
  invalid(`template parsing error: template: ${JSON.stringify(source)}: ${why}`);
