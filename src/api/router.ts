import type { Handler } from './call.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';

/**
 * One line of the route table. In `pattern`, `{x}` stands for one path segment and `{x...}` for one or more (image names have
 * slashes). `since` and `until` are the lowest and highest API versions (minor numbers of 1.x) that know the route.
 */
export interface Route {
  readonly method: Method;
  readonly pattern: string;
  readonly handler: Handler;
  readonly since?: number;
  readonly until?: number;
}

export interface Match {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a path that has no version prefix any more; the first line of the table that fits wins. */
export type Router = (method: string, path: string, version: number) => Match | undefined;

export function makeRouter(routes: readonly Route[]): Router {
  const byMethod = new Map<string, { route: Route; expression: RegExp }[]>();
  for (const route of routes) {
    const known = byMethod.get(route.method) ?? [];
    known.push({ route, expression: compile(route.pattern) });
    byMethod.set(route.method, known);
  }
  return (method, path, version) => {
    for (const { route, expression } of byMethod.get(method) ?? []) {
      if (version < (route.since ?? 0) || version > (route.until ?? Infinity)) continue;
      const found = expression.exec(path);
      const params = found && decodeAll(found.groups ?? {});
      if (params) return { handler: route.handler, params };
    }
    return undefined;
  };
}

function compile(pattern: string): RegExp {
  const body = pattern
    .split(/(\{\w+(?:\.\.\.)?\})/)
    .map((part) => {
      const variable = /^\{(\w+)(\.\.\.)?\}$/.exec(part);
      if (!variable) return RegExp.escape(part);
      return `(?<${variable[1]}>${variable[2] ? '.+' : '[^/]+'})`;
    })
    .join('');
  return new RegExp(`^${body}$`);
}

/** Undefined when a segment is not decodable: such a path names nothing. */
function decodeAll(groups: Record<string, string>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    return undefined;
  }
}
