import { invalid } from '../../../lib/errors.ts';

/** Changes the mode of a file as `--chmod` says. */
export type Mode = (mode: number, isDirectory: boolean) => number;

const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/** Reads octal or symbolic modes (chmod(1)). */
export function parseMode(text: string): Mode {
  if (/^[0-7]{1,5}$/.test(text)) {
    const mode = Number.parseInt(text, 8) & 0o7777;
    return () => mode;
  }
  const changes = text.split(',').map(parseClause);
  return (mode, isDirectory) =>
    changes.reduce((current, change) => change(current, isDirectory), mode & 0o7777);
}

/** The mode of directories that have to be made: an octal one counts for them, too, but gives nobody else the right to write (BuildKit's umask). */
export function directoryMode(text: string | undefined): number {
  return text !== undefined && /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) & 0o755 : 0o755;
}

function parseClause(text: string): Mode {
  const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(text);
  if (!match) throw invalid(`invalid chmod parameter: '${text}'`);
  const [, who = '', actions = ''] = match;
  const classes = who === '' || who.includes('a') ? 'ugo' : who;
  const steps = [...actions.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)];
  return (mode, isDirectory) =>
    steps.reduce(
      (current, [, operator = '', permissions = '']) =>
        applyAction(current, classes, operator, permissions, isDirectory),
      mode,
    );
}

function applyAction(
  mode: number,
  classes: string,
  operator: string,
  permissions: string,
  isDirectory: boolean,
): number {
  let bits = 0;
  let all = 0;
  for (const name of classes) {
    const shift = shifts[name] ?? 0;
    bits |= permissionBits(mode, permissions, isDirectory) << shift;
    all |= 0o7 << shift;
    const special = name === 'u' ? 0o4000 : name === 'g' ? 0o2000 : 0;
    if (permissions.includes('s')) bits |= special;
    all |= special;
  }
  if (permissions.includes('t')) bits |= 0o1000;
  if (operator === '+') return mode | bits;
  return operator === '-' ? mode & ~bits : (mode & ~all) | bits;
}

function permissionBits(mode: number, permissions: string, isDirectory: boolean): number {
  const copied = shifts[permissions];
  if (copied !== undefined) return (mode >> copied) & 0o7;
  const isExecutable =
    permissions.includes('x') || (permissions.includes('X') && (isDirectory || (mode & 0o111) !== 0));
  return (permissions.includes('r') ? 4 : 0) | (permissions.includes('w') ? 2 : 0) | (isExecutable ? 1 : 0);
}
