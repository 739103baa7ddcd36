import { type CheckOptions, parseCheckOptions, selectFindings } from '../check/options.ts';
import type { Finding, Report } from '../check/types.ts';
import { invalid } from '../../lib/errors.ts';
import type { Dockerfile, Statement } from '../parse/parse-dockerfile.ts';
import type { PlanWarning } from './types.ts';

/** What the checks find in a Dockerfile. */
export class Findings {
  private readonly found: Finding[] = [];

  readonly report: Report = (rule, message, { line, endLine = line }) => {
    this.found.push({ rule, message, line, endLine });
  };

  /** The findings that count by the `check` directive and comments above instructions; throws when the directive wants none. */
  select({ file, statements }: Dockerfile, check: string | undefined): PlanWarning[] {
    const options = parseCheckOptions(check);
    const findings = selectFindings(this.found, options, (line) =>
      ownOptions(statements.find(({ position, endLine }) => position.line <= line && line <= endLine)),
    );
    if (options.error && findings.length > 0)
      throw invalid(
        `lint violation found for rules: ${[...new Set(findings.map(({ rule }) => rule))].join(', ')}`,
      );
    return findings.map((finding) => ({ ...finding, file }));
  }
}

/** What a comment above an instruction says; one that is wrong says nothing. */
function ownOptions(statement: Statement | undefined): CheckOptions | undefined {
  if (statement?.check === undefined) return undefined;
  try {
    return parseCheckOptions(statement.check);
  } catch {
    return undefined;
  }
}
