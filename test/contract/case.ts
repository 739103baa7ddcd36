import type { World } from './world.ts';

export interface Case {
  /** As the reference names it: `GET /containers/{id}/json` */
  readonly operation: string;
  readonly status: number;
  readonly request: Request;
  /** Versions of the API that have it, as the numbers after the dot. */
  readonly since?: number;
  readonly until?: number;
}

export interface Request {
  /** What the braces in the operation's path stand for. */
  readonly path?: Readonly<Record<string, string>>;
  /** A list is a parameter that is given more than once. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of an error: its text. */
  readonly message?: RegExp;
  /** More to check about a good answer. */
  readonly check?: (body: string) => void;
}

/** One request and the status that Docker answers it with. What is only known at run time comes by a function. */
export type LazyCase = Case | ((world: World) => Case | Promise<Case>);

export const expect = (operation: string, status: number, request: Request = {}): Case => ({
  operation,
  status,
  request,
});

export const filters = (values: Readonly<Record<string, readonly string[]>>): { filters: string } => ({
  filters: JSON.stringify(values),
});

/** The path of a request, with its query. */
export function targetOf({ operation, request }: Case, version = '1.51'): string {
  const [, pattern = ''] = operation.split(' ');
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(request.path?.[name] ?? name),
  );
  const query = new URLSearchParams(
    Object.entries(request.query ?? {}).flatMap(([name, value]) =>
      [value].flat().map((item): [string, string] => [name, item as string]),
    ),
  ).toString();
  return `/v${version}${path}${query === '' ? '' : `?${query}`}`;
}
