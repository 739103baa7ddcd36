/** Node's own https, without what an `import` of it loads besides: see `http.ts`. */
export const { Agent, request } = process.getBuiltinModule('node:https');
