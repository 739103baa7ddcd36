import { parseCheckOptions, selectFindings } from '../check/options.ts';
import type { Finding, Report } from '../check/types.ts';
import { invalid } from '../../lib/errors.ts';
import type { PlanWarning } from './types.ts';

/** What the checks find in a Dockerfile. */
export class Findings {
  private readonly found: Finding[] = [];

  readonly report: Report = (rule, message, { line, endLine = line }) => {
    this.found.push({ rule, message, line, endLine });
  };

  /** The findings that count by the `check` directive; throws when it wants none. */
  select(file: string, check: string | undefined): PlanWarning[] {
    const options = parseCheckOptions(check);
    const findings = selectFindings(this.found, options);
    if (options.error && findings.length > 0)
      throw invalid(
        `lint violation found for rules: ${[...new Set(findings.map(({ rule }) => rule))].join(', ')}`,
      );
    return findings.map((finding) => ({ ...finding, file }));
  }
}
