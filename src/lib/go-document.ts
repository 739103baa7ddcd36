/** A document whose mappings keep their order; objects would put keys that look like numbers first. */
export type Value = string | number | boolean | null | readonly Value[] | Mapping;
export type Mapping = ReadonlyMap<string, Value>;

/** A number as Go's `%v` prints it: `1e-05`, `1.5e+06`, `+Inf`; whole ones in full. */
export function goNumber(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : goFloat(value);
}

/** A number that is a float to Go, also where it is whole: with an exponent from a million on. */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Two texts in the order of their UTF-8 bytes, which is Go's order of strings. */
export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
