import type { Case } from './case.ts';
import type { Operation, Reference, ResponseSchema, Schema } from './schema.ts';
import type { Received } from './send.ts';

/** What is wrong with an answer: against the case that asked for it and against the reference. Empty when it is as Docker's. */
export function checkAnswer(
  answer: Received,
  asked: Case,
  operation: Operation,
  reference: Reference,
): string[] {
  const text = answer.body.toString();
  if (answer.status !== asked.status)
    return [`status ${answer.status}, want ${asked.status}: ${text.slice(0, 300)}`];
  const declared = operation.responses[String(answer.status)];
  // the reference leaves out statuses that Docker gives; all its errors have one form
  if (answer.status >= 400) return checkError(answer, asked, reference);
  if (!declared) return [`status ${answer.status} is not declared`];
  return [
    ...checkCommonHeaders(answer),
    ...checkHeaders(answer, declared),
    ...checkContentType(answer, operation),
    ...checkBody(text, declared.schema, answer, reference),
  ];
}

function checkError(answer: Received, { operation, request }: Case, reference: Reference): string[] {
  if (operation.startsWith('HEAD ')) return [];
  const body = parse(answer.body.toString());
  const message = (body as { message?: unknown } | undefined)?.message;
  const wrong = reference.check(body, reference.definition('ErrorResponse'));
  if (request.message && !request.message.test(String(message)))
    wrong.push(`message ${JSON.stringify(message)}, want ${request.message}`);
  if (!isJson(answer)) wrong.push(`an error is told as ${answer.headers['content-type']}`);
  return [...wrong, ...checkCommonHeaders(answer)];
}

function checkCommonHeaders({ headers }: Received): string[] {
  return ['api-version', 'docker-experimental', 'ostype', 'server'].flatMap((name) =>
    headers[name] ? [] : [`header ${name} is missing`],
  );
}

function checkHeaders({ headers }: Received, declared: ResponseSchema): string[] {
  return Object.entries(declared.headers ?? {}).flatMap(([name, schema]) => {
    const value = headers[name.toLowerCase()];
    if (value === undefined) return [`header ${name} is missing`];
    if (schema.type === 'boolean' && value !== 'true' && value !== 'false')
      return [`header ${name}: ${String(value)}`];
    return schema.enum && !schema.enum.includes(value) ? [`header ${name}: ${String(value)}`] : [];
  });
}

function checkContentType(answer: Received, { name, produces }: Operation): string[] {
  const type = answer.headers['content-type']?.replace(/;.*/, '');
  if (answer.body.length === 0 || produces.length === 0 || name.startsWith('HEAD ')) return [];
  return type !== undefined && produces.includes(type)
    ? []
    : [`content type ${type}, want ${produces.join(' or ')}`];
}

const isJson = ({ headers }: Received): boolean =>
  headers['content-type']?.startsWith('application/json') === true;

/** A stream of objects has them one a line. */
function checkBody(
  text: string,
  schema: Schema | undefined,
  answer: Received,
  reference: Reference,
): string[] {
  if (!isJson(answer)) return schema && isData(schema) ? ['want JSON'] : [];
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0 && answer.headers['content-length'] !== undefined) return ['the body is empty'];
  const values = lines.map(parse);
  if (values.includes(undefined)) return [`not JSON: ${text.slice(0, 200)}`];
  return schema && isData(schema) ? values.flatMap((value) => reference.check(value, schema)) : [];
}

const isData = ({ $ref, type }: Schema): boolean =>
  $ref !== undefined || type === 'object' || type === 'array';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
