import { exec, ExecError } from '../../lib/exec.ts';

/**
 * Copies a directory that a container may be writing to, with everything that overlayfs keeps in it; shares blocks where the file system
 * can. What goes away meanwhile is left out.
 */
export async function copyTree(source: string, target: string, signal?: AbortSignal): Promise<void> {
  const args = ['-a', '--reflink=auto', '--', source, target];
  const { status, stderr } = await exec('cp', args, {
    okStatus: [0, 1],
    env: { ...process.env, LC_ALL: 'C' },
    ...(signal && { signal }),
  });
  const complaints = stderr
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith(': No such file or directory'));
  if (status !== 0 && complaints.length > 0)
    throw new ExecError(`cp ${args.join(' ')}`, status, complaints.join('\n'));
}
