import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTemplate } from './template.ts';

const data = {
  Name: '/web',
  State: { Running: true, Pid: 7 },
  Env: ['A=1', 'B=2'],
  Labels: { b: '2', a: '1' },
  Mounts: [{ Source: '/x' }, { Source: '/y' }],
  Empty: [],
  Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] },
};

const cases: readonly (readonly [template: string, printed: string])[] = [
  ['{{.Name}}', '/web'],
  ['{{ .State.Pid }}-{{.State.Running}}', '7-true'],
  ['{{json .Env}}', '["A=1","B=2"]'],
  ['{{.Env | json}}', '["A=1","B=2"]'],
  ['{{range .Mounts}}{{.Source}};{{end}}', '/x;/y;'],
  ['{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}} {{end}}', '0=/x 1=/y '],
  ['{{range $k, $v := .Labels}}{{$k}}={{$v}},{{end}}', 'a=1,b=2,'],
  ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
  ['{{if .State.Running}}up{{else}}down{{end}}', 'up'],
  ['{{if eq .State.Pid 7}}seven{{else if eq .State.Pid 8}}eight{{end}}', 'seven'],
  ['{{if and .State.Running (gt .State.Pid 8)}}a{{else}}b{{end}}', 'b'],
  ['{{index .Labels "a"}}', '1'],
  ['{{(index .Mounts 0).Source}}', '/x'],
  ['{{with .State}}{{.Pid}}{{end}}', '7'],
  ['{{join .Env ","}}', 'A=1,B=2'],
  ['{{.Name | upper | printf "%q"}}', '"/WEB"'],
  ['{{len .Env}}', '2'],
  ['{{.Env}} {{.Labels}}', '[A=1 B=2] map[a:1 b:2]'],
  ['{{.Missing}}', '<no value>'],
  ['a {{- .State.Pid -}} b', 'a7b'],
  ['{{$x := .State.Pid}}{{$x}}', '7'],
  ['{{/* nothing */}}x', 'x'],
  ['{{.Ports}}', 'map[80/tcp:[{0.0.0.0 8080}]]'],
  ['{{index .Labels "none"}}', ''],
  ['{{title "a bc"}} {{slice .Name 1}}', 'A Bc web'],
  ['{{printf "%s|%-3d|%03d|%x" .Name .State.Pid .State.Pid 255}}', '/web|7  |007|ff'],
];

for (const [template, printed] of cases) {
  test(`${template} prints ${printed}`, () => assert.equal(compileTemplate(template)(data), printed));
}

for (const template of ['{{.Name', '{{if .Name}}x', '{{nope .Name}}', '{{end}}', '{{.Name)}}', '{{%}}']) {
  test(`${template} is refused`, () =>
    assert.throws(() => compileTemplate(template)(data), { kind: 'invalid' }));
}

const strict = (template: string): string => compileTemplate(template, { strict: true })(data);
test('a member that there is not is an error where all are known', () =>
  assert.throws(() => strict('x {{.State.Nope}}'), {
    message: 'template: :1:10: executing "" at <.State.Nope>: map has no entry for key "Nope"',
  }));
test('a member that may be left out is nothing', () =>
  assert.equal(strict('{{.State.Health}} {{if .State.Health}}x{{else}}y{{end}}'), '<nil> y'));
test('members of what is left out are an error', () =>
  assert.throws(() => strict('{{.State.Health.Status}}'), /map has no entry for key "Health"/));
test('a label may be missing', () => assert.equal(strict('{{.Labels.none}}'), '<no value>'));
test('an index beyond the end is an error', () =>
  assert.throws(() => strict('{{index .Env 9}}'), /index out of range: 9/));
