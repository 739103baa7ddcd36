import { ExitError } from '../exit-code.ts';

/** `--format` of the lists that are a table or one JSON array. */
export function checkListFormat(format: string | undefined): 'table' | 'json' {
  const name = (format ?? 'table').toLowerCase();
  if (name === 'table' || name === '') return 'table';
  if (name === 'json') return 'json';
  throw new ExitError(1, `format value ${JSON.stringify(format)} could not be parsed: parsing failed`);
}
