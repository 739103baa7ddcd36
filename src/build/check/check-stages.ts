import { didYouMean } from '../../lib/suggest.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Instruction, InstructionOf } from '../instructions/types.ts';
import { expandWord } from '../plan/expand-word.ts';
import type { BuildArgs } from '../plan/build-args.ts';
import type { Outline, StageOutline } from '../plan/outline.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { writtenKeyword } from '../parse/written-keyword.ts';
import type { Report } from './types.ts';

const once = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK']);
const reserved = new Set(['context', 'scratch']);
const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const noSecret = /(?:_|^)(?:public|file|version)(?:_|$)/i;

const placeOf = ({ position, endLine }: Pick<Instruction, 'position' | 'endLine'>) => ({
  line: position.line,
  endLine,
});

/** What can be said of stages before any base image is known. */
export function checkStages(
  outline: Outline,
  args: BuildArgs,
  escape: EscapeCharacter,
  report: Report,
): void {
  checkNames(outline.stages, report);
  for (const global of outline.globals) checkSecrets(global, report);
  for (const stage of outline.stages) {
    checkBase(stage, outline, args, escape, report);
    checkRepeated(stage, report);
    for (const instruction of stage.instructions) checkInstruction(instruction, report);
  }
}

function checkNames(stages: readonly StageOutline[], report: Report): void {
  const seen = new Set<string>();
  for (const { from } of stages) {
    const { name } = from;
    if (name === undefined) continue;
    if (reserved.has(name))
      report(
        'ReservedStageName',
        `Stage name should not use the same name as reserved stage ${JSON.stringify(name)}`,
        placeOf(from),
      );
    if (seen.has(name))
      report(
        'DuplicateStageName',
        `Duplicate stage name ${JSON.stringify(name)}, stage names should be unique`,
        placeOf(from),
      );
    seen.add(name);
  }
}

/** Only the last one counts: the place is that of the one which does not. */
function checkRepeated({ instructions }: StageOutline, report: Report): void {
  const last = new Map<string, Instruction>();
  for (const instruction of instructions) {
    const before = last.get(instruction.kind);
    if (once.has(instruction.kind) && before)
      report(
        'MultipleInstructionsDisallowed',
        `Multiple ${writtenKeyword(instruction)} instructions should not be used in the same stage because only the last one will be used`,
        placeOf(before),
      );
    last.set(instruction.kind, instruction);
  }
}

function checkInstruction(instruction: Instruction, report: Report): void {
  checkSecrets(instruction, report);
  const { kind } = instruction;
  if ((kind === 'ENV' || kind === 'LABEL') && instruction.legacy)
    report(
      'LegacyKeyValueFormat',
      `"${kind} key=value" should be used instead of legacy "${kind} key value" format`,
      placeOf(instruction),
    );
}

function checkSecrets(instruction: Instruction, report: Report): void {
  const names =
    instruction.kind === 'ARG'
      ? instruction.args.map(({ key }) => key.text)
      : instruction.kind === 'ENV'
        ? instruction.pairs.map(({ key }) => key.text)
        : [];
  for (const name of names)
    if (secret.test(name) && !noSecret.test(name))
      report(
        'SecretsUsedInArgOrEnv',
        `Do not use ARG or ENV instructions for sensitive data (${instruction.kind} ${JSON.stringify(name)})`,
        placeOf(instruction),
      );
}

function checkBase(
  { from }: StageOutline,
  outline: Outline,
  args: BuildArgs,
  escape: EscapeCharacter,
  report: Report,
): void {
  const place = placeOf(from);
  const lookup = (name: string): string | undefined => outline.globalArgs.get(name);
  const unset = (text: InstructionOf<'FROM'>['base']): string[] => {
    const names: string[] = [];
    expandWord(text, { escape, lookup, onUnset: (name) => names.push(name) });
    return names;
  };
  const declared = new Set(outline.globals.flatMap((global) => global.args.map(({ key }) => key.text)));
  for (const name of [from.base, ...(from.platform ? [from.platform] : [])].flatMap(unset))
    if (!declared.has(name))
      report(
        'UndefinedArgInFrom',
        `FROM argument '${name}' is not declared${didYouMean(name, [...outline.globalArgs.keys()])}`,
        place,
      );
  if (from.platform) checkPlatform(from, report);
  checkDefaults(from, outline, args, escape, report);
}

function checkPlatform(from: InstructionOf<'FROM'>, report: Report): void {
  const text = from.platform?.text ?? '';
  if (text === '$TARGETPLATFORM' || text === '${TARGETPLATFORM}')
    report(
      'RedundantTargetPlatform',
      `Setting platform to predefined ${text} in FROM is redundant as this is the default behavior`,
      placeOf(from),
    );
  else if (!text.includes('$')) checkConstant(text, from, report);
}

function checkConstant(text: string, from: InstructionOf<'FROM'>, report: Report): void {
  try {
    const { os, architecture } = parsePlatform(text);
    if (from.name?.includes(os) || from.name?.includes(architecture)) return;
    report(
      'FromPlatformFlagConstDisallowed',
      `FROM --platform flag should not use constant value ${JSON.stringify(text)}`,
      placeOf(from),
    );
  } catch {
    // told where the platform is used
  }
}

/** Without any argument given, the name of the base image must still be one. Says nothing where a default can't be without them. */
function checkDefaults(
  from: InstructionOf<'FROM'>,
  outline: Outline,
  args: BuildArgs,
  escape: EscapeCharacter,
  report: Report,
): void {
  const defaults = new Map(args.platform);
  const lookup = (name: string): string | undefined => defaults.get(name);
  let base: string;
  try {
    for (const { key, value } of outline.globals.flatMap((global) => global.args))
      if (value) defaults.set(key.text, expandWord(value, { escape, lookup }).word);
    base = expandWord(from.base, { escape, lookup }).word;
  } catch {
    return;
  }
  if (!isReference(base))
    report(
      'InvalidDefaultArgInFrom',
      `Default value for ARG ${from.base.text} results in empty or invalid base image name`,
      placeOf(from),
    );
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}
