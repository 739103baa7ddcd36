/** Node's own https, without what an `import` of it loads besides: see `http.ts`. */
export const { Agent, createServer, request } = process.getBuiltinModule('node:https');
