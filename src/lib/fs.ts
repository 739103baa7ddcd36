/**
 * What a command line needs of Node's own fs. An `import` of that module reads every one of its exports, among them `promises`, for which
 * Node loads 34 more files of its own: 4 ms of the 45 that a command has until it asks the engine.
 */
export const {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} = process.getBuiltinModule('node:fs');
