const { createServer } = require('node:http');

let requests = 0;
createServer((request, response) => {
  requests++;
  response.setHeader('Content-Type', 'text/plain; version=0.0.4');
  response.end(`# TYPE app_requests_total counter\napp_requests_total ${requests}\n`);
}).listen(3000);
