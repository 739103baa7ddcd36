import type { Tree } from '../load/tree.ts';

/** A variable that the files of a project name. */
export interface Variable {
  readonly name: string;
  readonly required: boolean;
  /** What stands for it when it is not set. */
  readonly default: string;
  /** What stands in its place when it is set. */
  readonly presence: string;
}

/** The variables in a tree that is not interpolated, by name; what says more about one counts. */
export function variablesOf(tree: Tree): Variable[] {
  const found = new Map<string, Variable>();
  for (const variable of inTree(tree)) {
    const before = found.get(variable.name);
    if (!before || weight(variable) >= weight(before)) found.set(variable.name, variable);
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const weight = ({ required, default: other, presence }: Variable): number =>
  required || other !== '' || presence !== '' ? 1 : 0;

function* inTree(tree: Tree): Generator<Variable> {
  if (tree.kind === 'scalar') {
    if (typeof tree.value === 'string') yield* variablesIn(tree.value);
  } else if (tree.kind === 'list') for (const item of tree.items) yield* inTree(item);
  else for (const { value } of tree.entries.values()) yield* inTree(value);
}

/** The variables of one value. */
export function* variablesIn(text: string): Generator<Variable> {
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
    const rest = text.slice(at + 1);
    const name = /^\{?([A-Za-z_]\w*)/.exec(rest)?.[1];
    if (rest.startsWith('$')) at += 2;
    else if (name === undefined) at += 1;
    else if (!rest.startsWith('{')) {
      yield { name, required: false, default: '', presence: '' };
      at += 1 + name.length;
    } else {
      const inner = rest.slice(1, closing(rest));
      yield* inBraces(name, inner.slice(name.length));
      at += inner.length + 3;
    }
  }
}

function* inBraces(name: string, rest: string): Generator<Variable> {
  const [, operator = '', argument = ''] = /^:?([-?+])([\s\S]*)$/.exec(rest) ?? [];
  yield {
    name,
    required: operator === '?',
    default: operator === '-' ? argument : '',
    presence: operator === '+' ? argument : '',
  };
  yield* variablesIn(argument);
}

/** Where the brace that opens a text is closed. */
function closing(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}
