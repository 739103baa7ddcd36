import type { Container } from '../container/types.ts';
import { shortId } from '../lib/id.ts';

/** What `logs --details` puts before each line: the labels, variables and tag that the log options of a container ask for. */
export function logDetails(container: Container): string {
  const { labels, env, log } = container.spec;
  const variables = Object.fromEntries(env.map((variable) => splitPair(variable)));
  const { tag } = log.options;
  const details = {
    ...chosen(labels, log.options['labels'], log.options['labels-regex']),
    ...chosen(variables, log.options['env'], log.options['env-regex']),
    ...(tag && { tag: fillIn(tag, container) }),
  };
  return Object.entries(details)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .join(',');
}

/** Those that a list names or that an expression fits. An expression that is none fits nothing. */
function chosen(
  all: Readonly<Record<string, string>>,
  list = '',
  expression = '',
): Readonly<Record<string, string>> {
  const names = new Set(list.split(','));
  const fits = expression === '' ? undefined : tryExpression(expression);
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => names.has(name) || (fits?.test(name) ?? false)),
  );
}

function tryExpression(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}

/** The fields of a tag's template that Docker documents. */
function fillIn(tag: string, { id, name, spec }: Container): string {
  const fields: Readonly<Record<string, string>> = {
    ID: shortId(id),
    FullID: id,
    Name: name,
    ImageID: shortId(spec.imageId),
    ImageFullID: spec.imageId,
    ImageName: spec.image,
    DaemonName: 'docker',
  };
  return tag.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (all, field: string) => fields[field] ?? all);
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** As Go's url.QueryEscape. */
const escape = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
