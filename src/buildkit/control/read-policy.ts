import { type PolicyRule, SourcePolicy } from '../../build/policy/source-policy.ts';
import { EngineError, invalid } from '../../lib/errors.ts';
import type { PolicyRuleMessage, SolveRequest } from '../message-types.ts';

const actions = ['allow', 'deny', 'convert'] as const;
const matches = ['wildcard', 'exact', 'regex'] as const;
const conditions = ['equal', 'not-equal', 'matches'] as const;

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
  return policy ? new SourcePolicy(policy.rules.map(readRule)) : undefined;
}

function readRule({ action, selector, updates }: PolicyRuleMessage): PolicyRule {
  if (!selector) throw invalid('source policy: a rule has no selector');
  return {
    action: member(actions, action, 'action'),
    match: member(matches, selector.match_type, 'match type'),
    identifier: selector.identifier,
    constraints: selector.constraints.map(({ key: name, value, condition }) => ({
      name,
      value,
      condition: member(conditions, condition, 'attr condition'),
    })),
    ...(updates && { updates: { identifier: updates.identifier, attributes: updates.attrs } }),
  };
}

function member<T>(names: readonly T[], number: number, what: string): T {
  const name = names[number];
  if (name === undefined) throw invalid(`source policy: unknown ${what}: ${number}`);
  return name;
}
