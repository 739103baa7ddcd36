"""POST / with text makes a task, GET / lists the tasks."""
from flask import Flask, request

from connections import broker, query

app = Flask(__name__)


@app.get('/health')
def health():
    query('SELECT 1')
    return 'well\n'


@app.get('/')
def show():
    rows = query('SELECT origin, text, done FROM tasks ORDER BY id')
    return ''.join(f'{origin}: {text} {"done" if done else "waits"}\n' for origin, text, done in rows)


@app.post('/')
def add():
    [(number,)] = query('INSERT INTO tasks (text, origin) VALUES (%s, %s) RETURNING id', request.form['text'], 'user')
    broker.lpush('tasks', number)
    return {'id': number}, 202
