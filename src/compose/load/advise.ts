import { nearest } from '../../lib/suggest.ts';
import { fileShapeRoot } from './schema.ts';
import { serviceShape } from './service-shape.ts';
import type { Shape } from './shape.ts';

/** What the author probably meant by a key that is not known here. */
export function advise(key: string, keys: Readonly<Record<string, Shape>>, path: readonly string[]): string {
  const root = fileShapeRoot.is === 'object' ? fileShapeRoot.keys : {};
  const service = serviceShape.is === 'object' ? serviceShape.keys : {};
  if (path[0] === 'services' && path.length > 2 && Object.hasOwn(service, key))
    return ` (it belongs to the service: move it up to the level of '${path[2]}')`;
  if (path.length > 0 && Object.hasOwn(root, key)) return ` (it belongs to the top level: indent it less)`;
  if (path.length === 0 && Object.hasOwn(service, key))
    return ` (it belongs to a service: indent it under services.<name>)`;
  const near = nearest(key, Object.keys(keys));
  if (near !== undefined) return ` (did you mean '${near}'?)`;
  if (path.length === 0) return ` (a service? indent it under 'services:')`;
  return '';
}
