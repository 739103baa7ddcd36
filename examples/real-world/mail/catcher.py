"""Takes all mail on port 25, keeps it in /mail, and lists it on port 80."""
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from mailbox import Maildir

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


class Listing(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        for message in Maildir('/mail/box'):
            parsed = message_from_bytes(bytes(message), policy=policy.default)
            self.wfile.write(f'{parsed["to"]}: {parsed["subject"]}: {parsed.get_content()}'.encode())


Controller(Mailbox('/mail/box'), hostname='0.0.0.0', port=25).start()
HTTPServer(('0.0.0.0', 80), Listing).serve_forever()
