import { type CheckOptions, parseCheckOptions, selectFindings } from '../check/options.ts';
import type { Finding, Report } from '../check/types.ts';
import { invalid } from '../../lib/errors.ts';
import type { Dockerfile, Statement } from '../parse/parse-dockerfile.ts';
import type { PlanWarning } from './types.ts';

/** What the checks find in a Dockerfile. `check`: its directive of that name. Throws `invalid` for one that can't be read. */
export class Findings {
  private readonly found: Finding[] = [];
  private readonly dockerfile: Dockerfile;
  private readonly options: CheckOptions;

  constructor(dockerfile: Dockerfile, check: string | undefined) {
    this.dockerfile = dockerfile;
    this.options = parseCheckOptions(check);
  }

  readonly report: Report = (rule, message, { line, endLine = line }) => {
    this.found.push({ rule, message, line, endLine });
  };

  /** The findings that count by the directive and by comments above instructions. */
  select(): PlanWarning[] {
    const { file, statements } = this.dockerfile;
    const findings = selectFindings(this.found, this.options, (line) =>
      ownOptions(statements.find(({ position, endLine }) => position.line <= line && line <= endLine)),
    );
    return findings.map((finding) => ({ ...finding, file }));
  }

  /** Throws where the directive wants no findings and there are some. */
  refuse(): void {
    const rules = new Set(this.options.error ? this.select().map(({ rule }) => rule) : []);
    if (rules.size > 0) throw invalid(`lint violation found for rules: ${[...rules].join(', ')}`);
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
