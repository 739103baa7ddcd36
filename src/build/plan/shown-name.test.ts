import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toInstructions } from '../instructions/to-instruction.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { shownName } from './shown-name.ts';

const values: Readonly<Record<string, string>> = { A: 'aval', EMPTY: '' };

function shown(text: string): string | undefined {
  const [, instruction] = toInstructions(parseDockerfile('Dockerfile', `FROM x\n${text}\n`));
  return instruction && shownName(instruction, '\\', (name) => values[name]);
}

// answers of BuildKit 0.25
for (const [written, expected] of [
  [
    'RUN echo "a\\nb" \'$A\' \\$A $UNSET ${UNSET:-d} "$A" ${A} `echo x`',
    'RUN echo "a\\nb" \'$A\' $A $UNSET ${UNSET:-d} "aval" aval `echo x`',
  ],
  ['RUN echo   two   spaces && \\\n    echo more', 'RUN echo   two   spaces &&     echo more'],
  ['RUN ["echo", "exec $A"]', 'RUN ["echo", "exec aval"]'],
  ['RUN <<EOF\necho $A\necho heredoc\nEOF', 'RUN <<EOF (echo aval...)'],
  ['RUN cat <<EOF >\\\n\tx\necho $A\nEOF', 'RUN cat <<EOF >\tx'],
  ['RUN --mount=type=secret,id=a,env=A echo $A', 'RUN --mount=type=secret,id=a,env=A echo ****'],
  ['COPY "a.txt" $A/  /dst-$A/', 'COPY a.txt aval/  /dst-aval/'],
  ['workdir /x/${A:+set}', 'WORKDIR /x/set'],
] as const)
  test(`shows ${JSON.stringify(written)} as BuildKit does`, () => {
    assert.equal(shown(written), expected);
  });
