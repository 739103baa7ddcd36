const { createServer } = require('node:http');
const { hostname } = require('node:os');

createServer((request, response) => {
  response.setHeader('X-Served-By', hostname());
  response.end(`shop for ${request.headers.host}\n`);
}).listen(3000);
