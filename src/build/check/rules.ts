/** The build checks by name, with what each is about. */
export const rules = {
  StageNameCasing: 'Names of stages are written in lower case',
  FromAsCasing: 'FROM and AS are written in the same case',
  NoEmptyContinuation: 'Lines of an instruction are not interrupted by empty ones',
  ConsistentInstructionCasing: 'All instructions are written in the same case',
  DuplicateStageName: 'Each stage has a name of its own',
  ReservedStageName: 'Stages have no names with a meaning of their own',
  JSONArgsRecommended: 'CMD and ENTRYPOINT in JSON form get signals themselves',
  MaintainerDeprecated: 'A label names the author instead of MAINTAINER',
  UndefinedArgInFrom: 'FROM uses declared arguments only',
  UndefinedVar: 'Variables are defined before they are used',
  WorkdirRelativePath: 'A relative WORKDIR depends on the base image',
  MultipleInstructionsDisallowed: 'Of some instructions only the last one in a stage counts',
  LegacyKeyValueFormat: 'Keys and values are joined by an equals sign',
  InvalidBaseImagePlatform: 'A base image is of the platform that is built for',
  RedundantTargetPlatform: 'The target platform is the default of FROM',
  SecretsUsedInArgOrEnv: 'ARG and ENV leave their values in the image for all to read',
  InvalidDefaultArgInFrom: 'The defaults of global arguments give valid names of base images',
  FromPlatformFlagConstDisallowed: 'FROM leaves the platform to the build',
  CopyIgnoredFile: 'What is copied is not excluded by .dockerignore',
  InvalidDefinitionDescription: 'A comment above a stage or an argument describes it by its name',
  ExposeProtoCasing: 'Protocols in EXPOSE are written in lower case',
  ExposeInvalidFormat: 'EXPOSE names ports of the container alone',
} as const;

export type RuleName = keyof typeof rules;

/** Rules that only apply where they are asked for. */
export const experimental: ReadonlySet<RuleName> = new Set(['InvalidDefinitionDescription']);

/** Where Docker's documentation explains a rule. */
export function ruleUrl(rule: RuleName): string {
  if (rule === 'InvalidBaseImagePlatform') return '';
  const name = rule.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=JSON)(?=A)/g, '-').toLowerCase();
  return `https://docs.docker.com/go/dockerfile/rule/${name}/`;
}
