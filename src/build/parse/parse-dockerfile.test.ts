import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from './parse-dockerfile.ts';

const parse = (text: string) => parseDockerfile('Dockerfile', text);

/** One line for each statement: `line:column KEYWORD {flags} rest «heredocs»`. */
function summary(text: string): string[] {
  return parse(text).statements.map(({ keyword, position, flags, rest, heredocs }) =>
    [
      `${position.line}:${position.column}`,
      keyword,
      ...flags.map(({ name, value }) => `{${name}${value === undefined ? '' : `=${value}`}}`),
      rest.text,
      ...heredocs.map(
        ({ name, content, expand, chomp }) =>
          `«${chomp ? '-' : ''}${name}${expand ? '' : ' raw'}: ${JSON.stringify(content)}»`,
      ),
    ].join(' '),
  );
}

const good: readonly [name: string, text: string, expected: string[]][] = [
  ['a single instruction', 'FROM scratch', ['1:1 FROM scratch']],
  ['lower case keywords', 'from scratch\nrun true', ['1:1 FROM scratch', '2:1 RUN true']],
  ['white space around', '  FROM \t scratch  \n\n', ['1:3 FROM scratch']],
  ['Windows line ends', 'FROM a\r\nRUN b \\\r\n c\r\n', ['1:1 FROM a', '2:1 RUN b  c']],
  ['a byte order mark', '\uFEFFFROM a', ['1:1 FROM a']],
  ['comments and blank lines', '# one\n\n  # two\nFROM a # not a comment', ['4:1 FROM a # not a comment']],
  ['a continuation', 'RUN a \\\n  b', ['1:1 RUN a   b']],
  ['a continuation with trailing blanks', 'RUN a \\ \t\nb', ['1:1 RUN a b']],
  ['comments within a continuation', 'RUN a \\\n# no\n  # no\n b', ['1:1 RUN a  b']],
  ['empty lines within a continuation', 'RUN a \\\n\n b', ['1:1 RUN a  b']],
  ['a doubled escape at the end', 'RUN a \\\\\nRUN b', ['1:1 RUN a \\\\', '2:1 RUN b']],
  ['a continuation at the end of the file', 'RUN a \\', ['1:1 RUN a']],
  ['the keyword alone on its line', 'RUN \\\n a', ['1:1 RUN a']],
  ['an escape directive', '# escape=`\nRUN a `\n b \\\nRUN c', ['2:1 RUN a  b \\', '4:1 RUN c']],
  ['flags', 'COPY --from=a --link b c', ['1:1 COPY {from=a} {link} b c']],
  ['quoted flags', 'RUN --mount="type=tmpfs,target=/a b" x', ['1:1 RUN {mount=type=tmpfs,target=/a b} x']],
  ['an end of flags', 'RUN --network=none -- --x', ['1:1 RUN {network=none} --x']],
  ['a flag over lines', 'COPY \\\n  --from=a \\\n  b c', ['1:1 COPY {from=a} b c']],
  ['a heredoc', 'RUN <<EOF\na\n b\nEOF\nRUN c', ['1:1 RUN <<EOF «EOF: "a\\n b\\n"»', '5:1 RUN c']],
  ['a quoted heredoc', 'RUN <<"EOF"\n$a\nEOF', ['1:1 RUN <<"EOF" «EOF raw: "$a\\n"»']],
  ['a chomped heredoc', 'RUN <<-EOF\n\ta\n\tEOF', ['1:1 RUN <<-EOF «-EOF: "\\ta\\n"»']],
  ['two heredocs', 'COPY <<a <<b /d/\n1\na\n2\nb', ['1:1 COPY <<a <<b /d/ «a: "1\\n"» «b: "2\\n"»']],
  ['an empty heredoc', 'RUN cat <<x\nx', ['1:1 RUN cat <<x «x: ""»']],
  ['comments within a heredoc', 'RUN <<E\n# a\n\nE', ['1:1 RUN <<E «E: "# a\\n\\n"»']],
  ['a heredoc of ONBUILD', 'ONBUILD RUN <<E\na\nE', ['1:1 ONBUILD RUN <<E «E: "a\\n"»']],
  ['no heredoc in other instructions', 'CMD <<E\nRUN a', ['1:1 CMD <<E', '2:1 RUN a']],
  ['no heredoc in a here-string', 'RUN cat <<<x', ['1:1 RUN cat <<<x']],
  ['no heredoc in quotes', 'RUN echo "<<E x"', ['1:1 RUN echo "<<E x"']],
  ['a heredoc behind white space', 'RUN << E >x\na\nE', ['1:1 RUN << E >x «E: "a\\n"»']],
  ['no dash behind white space', 'RUN << -E\na\n-E', ['1:1 RUN << -E «-E: "a\\n"»']],
  ['an escaped quote in a name', "RUN <<a\\'b\n$x\na'b", ['1:1 RUN <<a\\\'b «a\'b: "$x\\n"»']],
  ['no heredoc behind an open quote', "RUN echo it's <<E", ["1:1 RUN echo it's <<E"]],
  ['no heredoc without a name', 'RUN a <<-', ['1:1 RUN a <<-']],
  ['flags with another escape', '# escape=`\nRUN --mount=a\\b` c d', ['2:1 RUN {mount=a\\b c} d']],
  ['an indented directive', '  # escape=`\nRUN a `\n b', ['2:1 RUN a  b']],
  ['no escape directive below #!', '#!/bin/x\n# escape=`\nRUN a \\\n b', ['3:1 RUN a  b']],
  ['an arithmetic shift', 'RUN echo $((1 << 2))', ['1:1 RUN echo $((1 << 2))']],
];

for (const [name, text, expected] of good)
  test(`parses ${name}`, () => assert.deepEqual(summary(text), expected));

const bad: readonly [name: string, text: string, message: RegExp][] = [
  ['an empty file', '', /^Dockerfile:1:1: the Dockerfile \(Dockerfile\) cannot be empty$/],
  ['only comments', '# a\n\n#b', /^Dockerfile:1:1: file with no instructions$/],
  ['an unterminated heredoc', 'FROM a\nRUN cat <<E\nx', /^Dockerfile:2:9: unterminated heredoc E$/],
  [
    'a doubled directive',
    '# escape=`\n# escape=`\nFROM a',
    /^Dockerfile:2:1: only one escape parser directive/,
  ],
  ['a wrong escape', '# escape=x\nFROM a', /^Dockerfile:1:1: invalid escape token 'x'/],
];

for (const [name, text, message] of bad)
  test(`refuses ${name}`, () => assert.throws(() => parse(text), { message }));

test('knows the directives at the top only', () => {
  const { directives } = parse('# syntax=docker/dockerfile:1\n# check=skip=all\n#\n# escape=`\nFROM a');
  assert.deepEqual(directives, { escape: '\\', syntax: 'docker/dockerfile:1', check: 'skip=all' });
});

test('warns of empty continuation lines', () => {
  const { statements } = parse('RUN a \\\n\n\n b\nRUN c \\\n d');
  assert.deepEqual(
    statements.map(({ hasEmptyLine }) => hasEmptyLine),
    [true, false],
  );
});

test('knows the place of each character over continuation lines', () => {
  const [statement] = parse('COPY a \\\n# comment\n   bb \\\n c').statements;
  assert.ok(statement);
  assert.deepEqual(statement.rest.at(statement.rest.text.indexOf('bb')), { line: 3, column: 4 });
  assert.deepEqual(statement.rest.at(statement.rest.text.indexOf('c')), { line: 4, column: 2 });
  assert.equal(statement.endLine, 4);
});

test('never hangs or throws anything but its own error on mutated text', () => {
  const seed = '# escape=`\nFROM a AS b\nRUN --mount=type=bind <<-"E" x\n\ta\nE\nCOPY ["a", "b"] `\n c\n';
  let state = 7;
  const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
  const pieces = [
    '\\',
    '`',
    '"',
    "'",
    '<<E',
    '[',
    ']',
    '\n',
    '#',
    ' ',
    '--',
    '$',
    '{',
    '\r',
    '\0',
    '\u{1F600}',
  ];
  for (let round = 0; round < 1000; round += 1) {
    let text = seed;
    for (let edit = random(8); edit >= 0; edit -= 1) {
      const at = random(text.length);
      text = text.slice(0, at) + pieces[random(pieces.length)] + text.slice(at + random(3));
    }
    try {
      parse(text);
    } catch (error) {
      assert.match(String(error), /^DockerfileError: Dockerfile:\d+:\d+: /);
    }
  }
});
