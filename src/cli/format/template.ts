import { parseTemplate } from './template/parse-template.ts';
import { render } from './template/render.ts';

/*
 * Go's text/template, as far as `--format` of Docker's CLI uses it: fields, variables, pipelines, if/else/range/with, the built-in
 * functions and Docker's own (json, join, upper, lower, title, split, pad, truncate, println).
 */

/**
 * Compiles a template; the result prints a value. Throws `invalid` for a template that is wrong, and, where `strict`, for members that a
 * value does not have.
 */
export function compileTemplate(source: string, { strict = false } = {}): (data: unknown) => string {
  const nodes = parseTemplate(source);
  return (data) => render(nodes, data, { variables: new Map([['$', data]]), strict });
}
