import { at, type Tree } from '../load/tree.ts';
import { numberAt, textAt } from './read.ts';

/** `deploy.restart_policy` in the words of `restart`. */
export function deployRestart(deploy: Tree | undefined): string | undefined {
  const policy = at(deploy, 'restart_policy');
  if (!policy) return undefined;
  const attempts = numberAt(policy, 'max_attempts');
  switch (textAt(policy, 'condition') ?? 'any') {
    case 'none':
      return 'no';
    case 'on-failure':
      return attempts === undefined ? 'on-failure' : `on-failure:${attempts}`;
    default:
      return 'always';
  }
}
