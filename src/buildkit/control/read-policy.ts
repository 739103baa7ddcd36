import { type PolicyRule, SourcePolicy } from '../../build/policy/source-policy.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { PolicyRuleMessage, SolveRequest } from '../message-types.ts';

const actions = ['allow', 'deny', 'convert'] as const;
const matches = ['wildcard', 'exact', 'regex'] as const;
const conditions = ['equal', 'notequal', 'matches'] as const;

/** What the client lets its build read (`EXPERIMENTAL_BUILDKIT_SOURCE_POLICY` of buildx). */
export function readPolicy({
  SourcePolicy: policy,
  SourcePolicySession,
}: SolveRequest): SourcePolicy | undefined {
  // one that is not kept would be worse than none
  if (SourcePolicySession)
    throw new EngineError(
      'not-implemented',
      'policies that the client decides itself (--policy) are not supported by this engine: use EXPERIMENTAL_BUILDKIT_SOURCE_POLICY',
    );
  return policy ? new SourcePolicy((policy.rules ?? []).map(readRule)) : undefined;
}

function readRule({ action, selector, updates }: PolicyRuleMessage): PolicyRule {
  if (!selector) throw invalid('source policy: a rule has no selector');
  return {
    action: member(actions, action, 'action'),
    match: member(matches, selector.match_type, 'match type'),
    identifier: selector.identifier ?? '',
    constraints: (selector.constraints ?? []).map(({ key = '', value = '', condition }) => ({
      name: key,
      value,
      condition: member(conditions, condition, 'attr condition'),
    })),
    ...(updates && { updates: { identifier: updates.identifier ?? '', attributes: updates.attrs ?? {} } }),
  };
}

/** By its number, or its name as in policy files; the first one by default. */
function member<T extends string>(names: readonly T[], value: number | string = 0, what: string): T {
  const name = typeof value === 'number' ? names[value] : names.find((each) => each === value.toLowerCase());
  if (name === undefined) throw invalid(`source policy: unknown ${what}: ${value}`);
  return name;
}
