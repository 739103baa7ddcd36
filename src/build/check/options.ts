import { invalid } from '../../lib/errors.ts';
import { experimental, type RuleName } from './rules.ts';
import type { Finding } from './types.ts';

/** What the directive `# check=` says. */
export interface CheckOptions {
  readonly skip: 'all' | ReadonlySet<string>;
  readonly experimental: 'all' | ReadonlySet<string>;
  /** Findings fail the build. */
  readonly error: boolean;
}

const none: CheckOptions = { skip: new Set(), experimental: new Set(), error: false };

/** `skip=Rule,Rule;experimental=all;error=true` */
export function parseCheckOptions(text = ''): CheckOptions {
  let options = none;
  for (const part of text.trim() === '' ? [] : text.split(';')) {
    const [name = '', value] = part.split(/=(.*)/s).map((item) => item.trim());
    if (value === undefined) throw invalid(`invalid check option ${JSON.stringify(part)}`);
    if (name === 'skip') options = { ...options, skip: ruleSet(value) };
    else if (name === 'experimental') options = { ...options, experimental: ruleSet(value) };
    else if (name === 'error') options = { ...options, error: boolean(value, part) };
    else throw invalid(`invalid check option ${JSON.stringify(name)}`);
  }
  return options;
}

/** The findings that options leave, those of the file and those of the instruction in a line, in the order of the file. */
export function selectFindings(
  findings: readonly Finding[],
  options: CheckOptions,
  own: (line: number) => CheckOptions | undefined,
): Finding[] {
  const has = (set: CheckOptions['skip'] | undefined, rule: RuleName): boolean =>
    set === 'all' || (set?.has(rule) ?? false);
  const applies = (rule: RuleName, line: number): boolean => {
    const which = experimental.has(rule) ? 'experimental' : 'skip';
    const isNamed = has(options[which], rule) || has(own(line)?.[which], rule);
    return which === 'experimental' ? isNamed : !isNamed;
  };
  const seen = new Set<string>();
  return findings
    .filter(({ rule, message, line }) => {
      const key = `${rule} ${line} ${message}`;
      return applies(rule, line) && !seen.has(key) && seen.add(key);
    })
    .toSorted((left, right) => left.line - right.line);
}

function ruleSet(value: string): 'all' | ReadonlySet<string> {
  return value === 'all' ? 'all' : new Set(value.split(',').map((rule) => rule.trim()));
}

function boolean(value: string, part: string): boolean {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw invalid(`failed to parse check option ${JSON.stringify(part)}: want a boolean`);
}
