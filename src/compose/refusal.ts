import { ResponseError } from '../client/transport.ts';
import { kindOf, messageOf } from '../lib/errors.ts';
import { problemAt } from './load/compose-error.ts';
import { at, entriesOf, type ScalarTree, type Tree } from './load/tree.ts';
import type { Service } from './model/types.ts';
import type { Work } from './work.ts';

/** The engine's refusal of a container with the place of the value that it speaks of, or else of the service. */
export function refusalAt({ project }: Pick<Work, 'project'>, service: Service, error: unknown): unknown {
  const isAboutFile =
    error instanceof ResponseError && !/^(conflict|not-found|unavailable)$/.test(String(kindOf(error)));
  if (!isAboutFile) return error;
  const message = messageOf(error);
  const spoken = scalarsOf(at(project.tree, 'services', service.name))
    .filter(({ value }) => isIn(message, String(value)))
    .toSorted((a, b) => String(b.value).length - String(a.value).length)[0];
  return problemAt(spoken?.place ?? service.place, `Error response from daemon: ${message}`);
}

const scalarsOf = (tree: Tree | undefined): readonly ScalarTree[] =>
  tree === undefined
    ? []
    : tree.kind === 'scalar'
      ? [tree]
      : (tree.kind === 'list' ? tree.items : entriesOf(tree).map(([, { value }]) => value)).flatMap(
          scalarsOf,
        );

/** A value as a word of its own; what is too short may stand there by chance. A capability has `CAP_` before it. */
const isIn = (message: string, value: string): boolean =>
  value.length > 2 &&
  message.split(value).some((part, index, parts) => {
    const next = parts[index + 1];
    return next !== undefined && !/\w$/.test(part.replace(/CAP_$/, '')) && !/^\w/.test(next);
  });
