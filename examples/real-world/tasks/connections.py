"""What all parts of the application talk to."""
import os

import psycopg2
import redis

broker = redis.Redis(os.environ['BROKER'], decode_responses=True)


def connect():
    """A connection that commits by itself."""
    connection = psycopg2.connect(os.environ['DATABASE_URL'])
    connection.autocommit = True
    return connection


def query(statement, *values):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
