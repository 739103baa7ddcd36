import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, checked, int, list, parseFlags, text } from './flags.ts';

const flags = {
  detach: bool('', 'd'),
  interactive: bool('', 'i'),
  tty: bool('', 't'),
  env: list('', 'e'),
  name: text(''),
  tail: { ...text('', 'n'), formerly: 'last' },
  time: int('', 's'),
  cpus: checked(text(''), (value) => {
    if (value === 'x') throw new Error('no number');
  }),
};

test('short flags cluster, the last one may take a value', () => {
  const { values, args } = parseFlags(flags, ['-dite', 'A=1', '-eB=2', 'x'], false);
  assert.deepEqual(
    [values.detach, values.interactive, values.tty, values.env, args],
    [true, true, true, ['A=1', 'B=2'], ['x']],
  );
});

test('without interspersed flags everything behind the first argument is left alone', () => {
  const { values, args } = parseFlags(flags, ['--name=a', 'image', '-d', '--', 'x'], false);
  assert.deepEqual([values.name, values.detach, args], ['a', undefined, ['image', '-d', '--', 'x']]);
});

test('a flag is taken by the name that it had', () => {
  assert.equal(parseFlags(flags, ['--last', '3']).values.tail, '3');
});

test('interspersed flags stop at --', () => {
  assert.deepEqual(parseFlags(flags, ['a', '-d', '--', '-x']).args, ['a', '-x']);
});

for (const [argv, message] of [
  [['--nope'], 'unknown flag: --nope'],
  [['-z'], "unknown shorthand flag: 'z' in -z"],
  [['-dzt'], "unknown shorthand flag: 'z' in -zt"],
  [['-dn'], "flag needs an argument: 'n' in -n"],
  [['--name'], 'flag needs an argument: --name'],
  [['-s', 'x'], 'invalid argument "x" for "-s, --time" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  [
    ['--detach=maybe'],
    'invalid argument "maybe" for "-d, --detach" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  [
    ['--help=maybe'],
    'invalid argument "maybe" for "--help" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  [['--cpus', 'x'], 'invalid argument "x" for "--cpus" flag: no number'],
  [['--constructor'], 'unknown flag: --constructor'],
] as const) {
  test(`${argv.join(' ')} is refused`, () => assert.throws(() => parseFlags(flags, argv), { message }));
}
