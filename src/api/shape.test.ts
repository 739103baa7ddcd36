import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContainer } from './container-body.ts';
import { checkShape } from './shape.ts';

const check = (value: unknown): unknown => checkShape(value, createContainer);

test('keeps known members, takes null as absent and ignores the rest', () => {
  assert.deepEqual(
    check({ Image: 'x', Env: null, Unknown: { deep: [1] }, HostConfig: { Binds: ['/a:/b'] } }),
    {
      Image: 'x',
      HostConfig: { Binds: ['/a:/b'] },
    },
  );
});

test('takes a command as text or list, and members in any case', () => {
  assert.deepEqual(check({ image: 'x', cmd: 'true', Entrypoint: ['a', 'b'] }), {
    Image: 'x',
    Cmd: ['true'],
    Entrypoint: ['a', 'b'],
  });
});

test('names the member that is of a wrong type', () => {
  const cases: [unknown, string][] = [
    [[], 'invalid request body: want an object, got a list'],
    [{ Tty: 'yes' }, 'invalid request body: Tty: want a boolean, got a string'],
    [
      { HostConfig: { Memory: 1.5 } },
      'invalid request body: HostConfig.Memory: want an integer, got the number 1.5',
    ],
    [
      { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: 80 }] } } },
      'invalid request body: HostConfig.PortBindings.80/tcp[0].HostPort: want a string, got a number',
    ],
    [{ Env: ['a', 1] }, 'invalid request body: Env[1]: want a string, got a number'],
    [{ Labels: { a: {} } }, 'invalid request body: Labels.a: want a string, got an object'],
  ];
  for (const [body, message] of cases) assert.throws(() => check(body), { kind: 'invalid', message });
});

test('a member named __proto__ is only a name', () => {
  const body: unknown = JSON.parse('{"Labels":{"__proto__":"x"},"__proto__":{"Image":"evil"}}');
  const result = check(body) as { Image?: string; Labels: Record<string, string> };
  assert.equal(result.Image, undefined);
  assert.deepEqual(Object.entries(result.Labels), [['__proto__', 'x']]);
});
