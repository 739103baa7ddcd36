import { hostPlatform } from '../../oci/platform.ts';
import { explainExec } from '../../runtime/diagnose/explain-exec.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

const SHELL = /(?:^|\/)(?:ba|da|a|z|k)?sh$/;

/** EXEC-FAIL, CMD-SHAPE: a program that can't be executed, and one that gets what only a shell understands. */
export function findProgram({ record, root }: Evidence): Finding[] {
  const { state, spec } = record;
  const args = [...spec.entrypoint, ...spec.cmd];
  const findings: Finding[] = [];
  const hasFailed = 'exitCode' in state && state.exitCode !== 0;
  const attempt = { args, env: spec.env, cwd: spec.workingDir || '/' };
  const why = hasFailed ? explainExec(root, attempt, hostPlatform().architecture) : undefined;
  if (why !== undefined)
    findings.push({ code: 'EXEC-FAIL', text: `its program can't be executed: ${why}`, fix: fixOf(why) });
  const variable = args.find((arg) => /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/.test(arg));
  if (variable !== undefined && !SHELL.test(args[0] ?? ''))
    findings.push({
      code: 'CMD-SHAPE',
      text: `its program gets the word ${variable} as it is: only a shell puts the value of a variable there`,
      fix: 'write the command as one line (shell form), or as ["sh", "-c", "exec …"]',
    });
  return findings;
}

function fixOf(why: string): string {
  if (why.includes('Windows line ends')) return 'dos2unix, or the line "* text eol=lf" in .gitattributes';
  if (why.includes('(glibc)') || why.includes('(musl)'))
    return 'build the program for this image, or take an image with that C library';
  return '';
}
