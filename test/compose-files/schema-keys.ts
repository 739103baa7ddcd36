import { existsSync, readFileSync } from 'node:fs';

/** A part of the Compose Specification's JSON schema. */
interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** The schema that `DOCKER_COMPOSE_SCHEMA` names; without it there is nothing to hold the cases against. */
export function openSchema(path = process.env['DOCKER_COMPOSE_SCHEMA']): Schema | { skip: string } {
  if (!path) return { skip: "DOCKER_COMPOSE_SCHEMA does not name the Compose Specification's JSON schema" };
  if (!existsSync(path)) return { skip: `DOCKER_COMPOSE_SCHEMA: ${path} is missing` };
  return JSON.parse(readFileSync(path, 'utf8')) as Schema;
}

/** All keys of the specification, as paths: `services.*.build.context`. */
export function keysOf(root: Schema): Set<string> {
  const keys = new Set<string>();
  walk(root, root, '', (path) => !keys.has(path) && keys.add(path) && undefined);
  return keys;
}

/** The keys of the specification that a document has. */
export function keysIn(root: Schema, document: unknown): Set<string> {
  const keys = new Set<string>();
  walk(root, root, '', (path) => void keys.add(path), [document]);
  return keys;
}

/** Goes through a schema, along a value where one is given, and tells of each named key once it is there. */
function walk(
  root: Schema,
  schema: Schema,
  path: string,
  tell: (path: string) => unknown,
  values?: readonly unknown[],
): void {
  const here =
    schema.$ref === undefined ? schema : (root.definitions?.[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  for (const part of [...(here.oneOf ?? []), ...(here.anyOf ?? [])]) walk(root, part, path, tell, values);
  const objects = values?.filter(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ) as readonly Readonly<Record<string, unknown>>[] | undefined;
  for (const [key, part] of Object.entries(here.properties ?? {})) {
    const inner = objects?.filter((value) => Object.hasOwn(value, key)).map((value) => value[key]);
    if (inner?.length === 0) continue;
    tell(path + key);
    walk(root, part, `${path}${key}.`, tell, inner);
  }
  const free = [...Object.entries(here.patternProperties ?? {}), ['', here.additionalProperties] as const];
  for (const [pattern, part] of free)
    if (pattern !== '^x-' && typeof part === 'object')
      walk(
        root,
        part,
        `${path}*.`,
        tell,
        objects?.flatMap((value) => Object.values(value)),
      );
  const lists = values?.filter((value) => Array.isArray(value)) as readonly unknown[][] | undefined;
  if (here.items) walk(root, here.items, path, tell, lists?.flat());
}
