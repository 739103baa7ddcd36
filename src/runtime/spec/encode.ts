import type { RuntimeSpec, SpecProcess } from '../../oci/runtime-spec.ts';

/** The kernel's RLIM_INFINITY, which no JavaScript number holds. */
const unlimited = '18446744073709551615';

declare global {
  interface JSON {
    /** TC39 JSON.parse source text access; V8 has it. */
    rawJSON(text: string): object;
  }
}

/** Writes a specification as JSON; an infinite limit becomes the kernel's. */
export function encodeSpec(spec: RuntimeSpec | SpecProcess): string {
  return JSON.stringify(spec, (_key, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? JSON.rawJSON(unlimited) : value,
  );
}
