const http = require('http');

const server = http.createServer((request, response) => {
  response.end(`Hello from Node ${process.version}, DEBUG is ${process.env.DEBUG}\n`);
});

// Not 127.0.0.1: a server that listens there cannot be reached from outside its container.
server.listen(3000, '0.0.0.0', () => console.log('listening on port 3000'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
