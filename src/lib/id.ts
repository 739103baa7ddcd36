/** A new object id as Docker makes them: 64 hexadecimal digits whose first twelve are not all decimal. */
export function randomId(): string {
  const { randomBytes } = process.getBuiltinModule('node:crypto'); // not loaded by those who only show ids
  for (;;) {
    const id = randomBytes(32).toString('hex');
    if (/[a-f]/.test(id.slice(0, 12))) return id;
  }
}

/** The twelve digits that people see. */
export const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);
