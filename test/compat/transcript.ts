/**
 * A transcript is a text that shows commands and what Docker answered, as in a terminal:
 *
 * ```text
 * # Free text in front of the first heading.
 *
 * ## the status of the program is the status of run
 * needs: debian
 * $ docker run --rm busybox sh -c 'echo hello; exit 3'
 * | hello
 * ? 3
 * $ docker run --rm busybox nosuch
 * ! docker: Error response from daemon: …
 * ? 127
 * ```
 *
 * `$` and `>` (further lines of it) give the command, `|` its standard output, `!` its standard error, `?` its status if
 * that is not 0. Where lading answers otherwise on purpose, `~ reason` follows, and after it the same marks behind another
 * `~`: `~| hello`, `~! …`, `~? 1`.
 */
export interface Transcript {
  readonly preface: string;
  readonly scenarios: readonly Scenario[];
}

export interface Scenario {
  readonly title: string;
  readonly line: number;
  /** Base images besides busybox; `docker-28.5` is a CLI of at least this version. */
  readonly needs: readonly string[];
  readonly steps: readonly Step[];
}

export interface Step {
  readonly line: number;
  readonly comments: readonly string[];
  readonly command: string;
  readonly docker: Answer;
  readonly lading: { readonly reason: string; readonly answer: Answer } | undefined;
}

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

interface OpenStep {
  line: number;
  comments: string[];
  command: string;
  docker: OpenAnswer;
  lading: { reason: string; answer: OpenAnswer } | undefined;
}

interface OpenAnswer {
  stdout: string;
  stderr: string;
  status: number;
}

/** @throws Error naming the line that is none of the above */
export function parseTranscript(text: string, file: string): Transcript {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.startsWith('## '));
  const scenarios: { title: string; line: number; needs: string[]; steps: OpenStep[] }[] = [];
  let comments: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index < first || line === '') continue;
    const fail = (why: string): never => {
      throw new Error(`${file}:${index + 1}: ${why}`);
    };
    const scenario = scenarios.at(-1);
    const step = scenario?.steps.at(-1);
    if (line.startsWith('## '))
      scenarios.push({ title: line.slice(3), line: index + 1, needs: [], steps: [] });
    else if (!scenario) fail('a scenario begins with "## title"');
    else if (line.startsWith('# ')) comments.push(line.slice(2));
    else if (line.startsWith('needs: ')) scenario.needs.push(...line.slice(7).split(/[ ,]+/));
    else if (line.startsWith('$ ')) {
      scenario.steps.push({
        line: index + 1,
        comments,
        command: line.slice(2),
        docker: noAnswer(),
        lading: undefined,
      });
      comments = [];
    } else if (!step) fail('an answer without a command');
    else if (line.startsWith('> ') || line === '>') step.command += `\n${line.slice(2)}`;
    else if (line.startsWith('~ ')) step.lading = { reason: line.slice(2), answer: noAnswer() };
    else if (line.startsWith('~'))
      addAnswer(step.lading?.answer ?? fail('first "~ reason"'), line.slice(1), fail);
    else addAnswer(step.docker, line, fail);
  }
  return { preface: lines.slice(0, Math.max(first, 0)).join('\n'), scenarios };
}

function addAnswer(answer: OpenAnswer, line: string, fail: (why: string) => never): void {
  const rest = line.slice(2);
  if (line.startsWith('|')) answer.stdout += `${rest}\n`;
  else if (line.startsWith('!')) answer.stderr += `${rest}\n`;
  else if (line.startsWith('? ')) answer.status = Number(rest);
  else fail(`neither "$", ">", "|", "!", "?" nor "~": ${line}`);
}

function noAnswer(): OpenAnswer {
  return { stdout: '', stderr: '', status: 0 };
}

/** The text of a transcript: what `parseTranscript` reads. */
export function formatTranscript({ preface, scenarios }: Transcript): string {
  return (
    [preface.trimEnd(), ...scenarios.map(formatScenario)].filter((part) => part !== '').join('\n\n') + '\n'
  );
}

function formatScenario({ title, needs, steps }: Scenario): string {
  const head = needs.length === 0 ? [] : [`needs: ${needs.join(' ')}`];
  return [`## ${title}`, ...head, ...steps.flatMap(formatStep)].join('\n');
}

function formatStep({ comments, command, docker, lading }: Step): string[] {
  const [first = '', ...more] = command.split('\n');
  return [
    ...comments.map((comment) => `# ${comment}`),
    `$ ${first}`,
    ...more.map((line) => `> ${line}`.trimEnd()),
    ...formatAnswer(docker),
    ...(lading ? [`~ ${lading.reason}`, ...formatAnswer(lading.answer).map((line) => `~${line}`)] : []),
  ];
}

function formatAnswer({ stdout, stderr, status }: Answer): string[] {
  return [...marked('|', stdout), ...marked('!', stderr), ...(status === 0 ? [] : [`? ${status}`])];
}

function marked(mark: string, text: string): string[] {
  if (text === '') return [];
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${mark} ${line}`.trimEnd());
}
