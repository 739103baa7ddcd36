import { invalid, refused } from '../../lib/errors.ts';

/** Something that a build reads, in BuildKit's words: `docker-image://docker.io/library/x:1`, `https://…`, `git://host/path#ref`, `local://NAME`. */
export interface NamedSource {
  readonly identifier: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Constraint {
  readonly name: string;
  readonly value: string;
  readonly condition: 'equal' | 'notequal' | 'matches';
}

export interface PolicyRule {
  readonly action: 'allow' | 'deny' | 'convert';
  /** With `wildcard` each `*` means anything; `regex` finds its expression anywhere. */
  readonly match: 'wildcard' | 'exact' | 'regex';
  readonly identifier: string;
  readonly constraints: readonly Constraint[];
  /** What a source becomes; `$1` and `${1}` are what the first `*` or group stood for. An empty identifier leaves it as it is. */
  readonly updates?: NamedSource;
}

/** So often one source may become another. */
const MOST_CONVERSIONS = 20;

/** What a build may read, and what it reads instead (BuildKit, "source policy"). */
export class SourcePolicy {
  private readonly rules: readonly Rule[];

  /** Throws `invalid` for an expression that is none. */
  constructor(rules: readonly PolicyRule[]) {
    this.rules = rules.map((rule) => ({ ...rule, expression: expressionOf(rule) }));
  }

  /** What is read in the place of a source. Throws `refused` for what is denied: of rules that allow and deny, the last one counts. */
  apply(source: NamedSource): NamedSource {
    let current = source;
    for (let count = 0; count <= MOST_CONVERSIONS; count += 1) {
      const next = this.once(current);
      if (!next) return current;
      current = next;
    }
    throw refused('too many mutations on a single source: too many operations');
  }

  /** The first conversion that changes something. */
  private once(source: NamedSource): NamedSource | undefined {
    let isDenied = false;
    for (const rule of this.rules) {
      if (!matches(rule, source)) continue;
      const next = rule.action === 'convert' ? convert(rule, source) : undefined;
      if (next) return next;
      if (rule.action !== 'convert') isDenied = rule.action === 'deny';
    }
    if (!isDenied) return undefined;
    throw refused(`source ${JSON.stringify(source.identifier)} denied by policy: source denied by policy`);
  }
}

interface Rule extends PolicyRule {
  readonly expression: RegExp;
}

function expressionOf({ match, identifier }: PolicyRule): RegExp {
  if (match === 'regex') return compile(identifier);
  if (match === 'wildcard' && identifier.includes('**')) throw invalid('invalid wildcard: "**"');
  const parts = (match === 'wildcard' ? identifier.split('*') : [identifier]).map(RegExp.escape);
  return new RegExp(`^${parts.join('(.*)')}$`, 's');
}

function compile(text: string): RegExp {
  try {
    return new RegExp(text, 's');
  } catch (error) {
    throw invalid(`error matching source policy: invalid expression ${JSON.stringify(text)}`, error);
  }
}

function matches({ expression, identifier, constraints }: Rule, source: NamedSource): boolean {
  if (!constraints.every((constraint) => holds(constraint, source))) return false;
  return identifier === source.identifier || expression.test(source.identifier);
}

function holds({ name, value, condition }: Constraint, { attributes }: NamedSource): boolean {
  const found = attributes[name] ?? '';
  if (condition === 'matches') return compile(value).test(found);
  return (found === value) === (condition === 'equal');
}

/** Undefined where it changes nothing. */
function convert(rule: Rule, source: NamedSource): NamedSource | undefined {
  const { updates } = rule;
  if (!updates) throw invalid('error mutating source policy: missing destination for convert rule');
  const identifier = updates.identifier
    ? converted(rule, source.identifier, updates.identifier)
    : source.identifier;
  const attributes = { ...source.attributes, ...updates.attributes };
  const isSame =
    identifier === source.identifier &&
    Object.entries(attributes).every(([name, value]) => source.attributes[name] === value);
  return isSame ? undefined : { identifier, attributes };
}

/** An expression replaces what it finds, a wildcard the whole. */
function converted({ match, expression }: Rule, identifier: string, template: string): string {
  if (match === 'exact') return template;
  if (match === 'wildcard') return fill(template, expression.exec(identifier) ?? []);
  let text = '';
  let at = 0;
  for (const found of identifier.matchAll(new RegExp(expression, 'gs'))) {
    text += identifier.slice(at, found.index) + fill(template, found);
    at = found.index + found[0].length;
  }
  return text + identifier.slice(at);
}

/** `$1`, `${1}` and `$$`, as Go's regexp fills them in. */
const fill = (template: string, groups: readonly (string | undefined)[]): string =>
  template.replace(/\$(?:(\w+)|\{(\w+)\}|\$)/g, (whole, short?: string, long?: string) =>
    whole === '$$' ? '$' : (groups[Number(short ?? long)] ?? ''),
  );
