import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';

/** A schema of OpenAPI 2, as far as the Engine API's reference uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-nullable'?: boolean;
  readonly 'x-omitempty'?: boolean;
}

export interface ResponseSchema {
  readonly schema?: Schema;
  readonly headers?: Readonly<Record<string, Schema>>;
}

export interface Operation {
  /** `GET /containers/{id}/json` */
  readonly name: string;
  readonly responses: Readonly<Record<string, ResponseSchema>>;
  readonly produces: readonly string[];
}

interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'name'>>>>>;
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly produces?: readonly string[];
}

const foreign = /^\/(?:swarm|nodes|services|tasks|secrets|configs|plugins)\b/;

/** The reference of the Engine API (a Swagger file that this project does not hold), or why there is none. */
export function openReference(path = process.env['DOCKER_API_SCHEMA']): Reference | { skip: string } {
  if (!path) return { skip: 'DOCKER_API_SCHEMA does not name the Engine API reference (a Swagger file)' };
  if (!existsSync(path)) return { skip: `DOCKER_API_SCHEMA: ${path} is missing` };
  return new Reference(parse(readFileSync(path, 'utf8'), { maxAliasCount: -1 }) as Document);
}

export class Reference {
  private readonly document: Document;

  constructor(document: Document) {
    this.document = document;
  }

  /** Such as `1.51`. */
  get version(): string {
    return this.document.info.version;
  }

  /** Every operation but those of Swarm and of managed plugins. */
  operations(): Operation[] {
    return Object.entries(this.document.paths)
      .filter(([path]) => !foreign.test(path))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses, produces }]) => ({
          name: `${method.toUpperCase()} ${path}`,
          responses,
          produces: produces ?? [],
        })),
      );
  }

  definition(name: string): Schema {
    const found = this.document.definitions[name];
    if (!found) throw new Error(`the reference has no definition ${name}`);
    return found;
  }

  /** What is wrong with `value`, one line each; empty when it fits. */
  check(value: unknown, schema: Schema, at = '$'): string[] {
    if (schema.$ref !== undefined) return this.checkReferred(value, schema, at);
    if (value === null)
      return isNullable(schema, at) ? [] : [`${at}: null, want ${schema.type ?? 'a value'}`];
    return [
      ...(schema.allOf ?? []).flatMap((part) => this.check(value, part, at)),
      ...checkType(value, schema, at),
      ...checkRange(value, schema, at),
      ...this.checkList(value, schema, at),
      ...this.checkMembers(value, schema, at),
    ];
  }

  private checkReferred(value: unknown, schema: Schema, at: string): string[] {
    if (value === null && schema['x-nullable'] === true) return [];
    const name = (schema.$ref ?? '').replace('#/definitions/', '');
    return this.check(value, this.definition(name), at);
  }

  private checkList(value: unknown, { items }: Schema, at: string): string[] {
    if (!items || !Array.isArray(value)) return [];
    return value.flatMap((item, index) => this.check(item, items, `${at}[${index}]`));
  }

  private checkMembers(value: unknown, schema: Schema, at: string): string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
    return [
      ...missing.map((name) => `${at}.${name}: missing`),
      ...Object.entries(value).flatMap(([name, member]) => {
        const own = schema.properties?.[name] ?? schema.additionalProperties;
        return typeof own === 'object' ? this.check(member, own, `${at}.${name}`) : [];
      }),
    ];
  }
}

/** Members that Docker itself tells as null when they are not set, though the reference does not say so. */
const pointers = new Set(['MemorySwappiness', 'ExitCode']);

/** Go writes a nil slice, map or pointer as null, and Docker's reference says so only in places. */
function isNullable(schema: Schema, at: string): boolean {
  if (pointers.has(at.replace(/^.*\./, ''))) return true;
  return schema['x-nullable'] === true || schema.type === 'array' || schema.type === 'object' || !schema.type;
}

function checkType(value: unknown, { type }: Schema, at: string): string[] {
  const fits: Readonly<Record<string, boolean>> = {
    string: typeof value === 'string',
    boolean: typeof value === 'boolean',
    number: typeof value === 'number',
    integer: Number.isInteger(value),
    array: Array.isArray(value),
    object: typeof value === 'object' && !Array.isArray(value),
  };
  return type === undefined || fits[type] ? [] : [`${at}: want ${type}, got ${JSON.stringify(value)}`];
}

function checkRange(value: unknown, schema: Schema, at: string): string[] {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  if (schema.enum && !schema.enum.some((item) => isDeepStrictEqual(item, value)))
    return [`${at}: ${JSON.stringify(value)} is none of ${schema.enum.join(', ')}`];
  if (typeof value === 'number' && (value < minimum || value > maximum))
    return [`${at}: ${value} is out of range`];
  return [];
}
