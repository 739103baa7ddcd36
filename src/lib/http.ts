/**
 * Node's own http. An `import` of that module reads every one of its exports, among them a few that load a whole second client
 * (for WebSocket): 14 MB and 15 ms that an engine at rest and a command line would pay for nothing.
 */
export const { Agent, createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
