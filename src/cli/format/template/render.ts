import { functions } from './functions.ts';
import { absent } from './members.ts';
import { templateError } from './scan-template.ts';
import type { Access, Block, Node, Operand, Pipe } from './types.ts';
import { entriesOf, isRow, isTrue, show } from './values.ts';

/** What a template sees: its variables, and whether a member that is not there is an error. */
export interface Scope {
  readonly variables: ReadonlyMap<string, unknown>;
  readonly strict: boolean;
}

/** Prints nodes for the value `dot`. */
export function render(nodes: readonly Node[], dot: unknown, outer: Scope): string {
  const variables = new Map(outer.variables);
  const scope = { ...outer, variables };
  let out = '';
  for (const node of nodes) {
    if (node.kind === 'text') out += node.text;
    else if (node.kind === 'output') out += show(evaluate(node.pipe, dot, scope));
    else if (node.kind === 'assign') variables.set(node.name, evaluate(node.pipe, dot, scope));
    else out += renderBlock(node, dot, scope);
  }
  return out;
}

function renderBlock(node: Block, dot: unknown, scope: Scope): string {
  const value = evaluate(node.pipe, dot, scope);
  if (!isTrue(value)) return render(node.otherwise, dot, scope);
  if (node.word === 'range')
    return entriesOf(value)
      .map(([key, item]) => render(node.body, item, bind(scope, node.variables, key, item)))
      .join('');
  return render(node.body, node.word === 'with' ? value : dot, bind(scope, node.variables, value, value));
}

/** One variable is the item, two are the key and the item. */
function bind(scope: Scope, names: readonly string[], key: unknown, item: unknown): Scope {
  const [first, second] = names;
  if (first === undefined) return scope;
  const variables = new Map(scope.variables).set(first, second === undefined ? item : key);
  return { ...scope, variables: second === undefined ? variables : variables.set(second, item) };
}

function evaluate(pipe: Pipe, dot: unknown, scope: Scope): unknown {
  let value: unknown;
  pipe.forEach((command, index) => {
    const [head, ...rest] = command as [Operand, ...Operand[]];
    const given = rest.map((item) => operand(item, dot, scope));
    value = apply(head, index === 0 ? given : [...given, value], dot, scope);
  });
  return value;
}

function apply(head: Operand, args: readonly unknown[], dot: unknown, scope: Scope): unknown {
  if (head.kind === 'function') return functions[head.name]?.(...args);
  if (head.kind === 'field') return follow(dot, head, scope, args);
  return operand(head, dot, scope);
}

function operand(item: Operand, dot: unknown, scope: Scope): unknown {
  switch (item.kind) {
    case 'literal':
      return item.value;
    case 'field':
      return follow(dot, item, scope);
    case 'variable':
      return follow(scope.variables.get(item.name), item, scope);
    case 'group':
      return follow(evaluate(item.pipe, dot, scope), item, scope);
    case 'function':
      return functions[item.name]?.();
  }
}

/** Goes from member to member; one that is a function, such as `.Label "x"`, gets the arguments. */
function follow(value: unknown, access: Access, { strict }: Scope, args: readonly unknown[] = []): unknown {
  let current = value;
  let owner: string | undefined;
  for (const name of access.path) {
    if (current === null || current === undefined) {
      if (!strict) return undefined;
      throw templateError(access.place, `map has no entry for key ${JSON.stringify(owner ?? name)}`);
    }
    current = memberOf(current, name, owner, access, strict);
    if (typeof current === 'function') current = (current as (...given: unknown[]) => unknown)(...args);
    owner = name;
  }
  return current;
}

function memberOf(
  object: NonNullable<unknown>,
  name: string,
  owner: string | undefined,
  { place }: Access,
  strict: boolean,
): unknown {
  if (typeof object !== 'object')
    throw templateError(place, `can't evaluate field ${name} in type ${goType(object)}`);
  if (Object.hasOwn(object, name)) return (object as Record<string, unknown>)[name];
  if (isRow(object)) throw templateError(place, `can't evaluate field ${name}`);
  if (!strict) return undefined;
  const missing = absent(owner, name);
  if (!missing) throw templateError(place, `map has no entry for key ${JSON.stringify(name)}`);
  return missing.value;
}

const goType = (value: unknown): string =>
  typeof value === 'number' ? 'int' : typeof value === 'boolean' ? 'bool' : typeof value;
