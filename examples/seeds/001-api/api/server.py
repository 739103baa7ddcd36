import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        env = os.environ
        text = f'{env["GREETING"]} from {env["HOME"]} in {os.getcwd()}, the password is {env["POSTGRES_PASSWORD"]}\n'
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


ThreadingHTTPServer(('0.0.0.0', 8000), Answer).serve_forever()
