import { type Position, SourceError } from '../../parse/dockerfile-error.ts';

const clause = /^[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+$/;

/** Whether `--chmod` has a form that can be applied: octal, or clauses as chmod(1) has them. */
export function checkMode(text: string, position: Position): void {
  const isOctal = /^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777;
  if (!isOctal && !text.split(',').every((part) => clause.test(part)))
    throw new SourceError(
      position,
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777, or symbolic as u=rwX,go=rX`,
    );
}
