import type { Dockerfile, Statement } from '../parse/parse-dockerfile.ts';
import { writtenKeyword as written } from '../parse/written-keyword.ts';
import type { Report } from './types.ts';

/** What can be said of each instruction by itself. */
export function checkStatements({ statements }: Dockerfile, report: Report): void {
  for (const statement of statements) {
    if (statement.hasEmptyLine)
      report('NoEmptyContinuation', 'Empty continuation line', { line: statement.endLine });
    if (statement.keyword === 'FROM') checkFrom(statement, report);
    if (statement.keyword === 'MAINTAINER')
      report(
        'MaintainerDeprecated',
        'Maintainer instruction is deprecated in favor of using label',
        placeOf(statement),
      );
    if (statement.keyword === 'FROM' || statement.keyword === 'ARG') checkDescription(statement, report);
  }
}

const placeOf = ({ position, endLine }: Statement) => ({ line: position.line, endLine });
const isLower = (text: string): boolean => text === text.toLowerCase();
const isUpper = (text: string): boolean => text === text.toUpperCase();

/** Whether all instructions are written in the same case. */
export function checkCasing({ statements }: Dockerfile, report: Report): void {
  const lower = statements.filter((statement) => isLower(written(statement))).length;
  const upper = statements.filter((statement) => isUpper(written(statement))).length;
  const [isRight, name] = lower > upper ? [isLower, 'lowercase'] : [isUpper, 'uppercase'];
  for (const statement of statements)
    if (!isRight(written(statement)))
      report(
        'ConsistentInstructionCasing',
        `Command '${written(statement)}' should match the case of the command majority (${name})`,
        placeOf(statement),
      );
}

function checkFrom(statement: Statement, report: Report): void {
  const [, as, name] = statement.rest.text.trim().split(/\s+/);
  if (!as || !name) return;
  const from = written(statement);
  if (!isLower(name))
    report('StageNameCasing', `Stage name '${name}' should be lowercase`, placeOf(statement));
  const fits = isLower(from) ? isLower(as) : !isUpper(from) || isUpper(as);
  if (!fits)
    report('FromAsCasing', `'${as}' and '${from}' keywords' casing do not match`, placeOf(statement));
}

/** A comment right above a stage or an argument begins with its name. */
function checkDescription(statement: Statement, report: Report): void {
  const { comments, keyword } = statement;
  const comment = comments.at(-1);
  const words = statement.rest.text.trim().split(/\s+/);
  const names = keyword === 'FROM' ? words.slice(2, 3) : words.map((word) => word.replace(/=.*/s, ''));
  if (comment === undefined || names.length === 0 || names.includes(comment.split(' ')[0] ?? '')) return;
  const example = names.length > 1 ? '<arg_key>' : names[0];
  report(
    'InvalidDefinitionDescription',
    `Comment for ${keyword} should follow the format: \`# ${example} <description>\``,
    placeOf(statement),
  );
}
