"""POST / with address sends a welcome."""
import os
import smtplib
from email.message import EmailMessage

from flask import Flask, request

app = Flask(__name__)


@app.post('/')
def subscribe():
    message = EmailMessage()
    message['From'] = 'news@example.test'
    message['To'] = request.form['address']
    message['Subject'] = 'Welcome'
    message.set_content('You will hear from us.')
    with smtplib.SMTP(os.environ['SMTP']) as server:
        server.send_message(message)
    return 'sent\n', 202
