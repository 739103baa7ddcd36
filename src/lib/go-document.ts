/** A document whose mappings keep their order; objects would put keys that look like numbers first. */
export type Value = string | number | boolean | null | readonly Value[] | Mapping;
export type Mapping = ReadonlyMap<string, Value>;

/** A number as Go's `%v` prints it: `1e-05`, `1e+21`, `+Inf`. */
export function goNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e21)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Two texts in the order of their UTF-8 bytes, which is Go's order of strings. */
export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
