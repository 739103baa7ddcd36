"""GET / tells of each sensor how much was measured in the last minute."""
import os

import psycopg2
from flask import Flask

app = Flask(__name__)


@app.get('/')
def show():
    with psycopg2.connect(os.environ['DATABASE_URL']) as connection, connection.cursor() as cursor:
        cursor.execute("""
            SELECT sensor, count(*), avg(value) FROM measurements
            WHERE at > now() - interval '1 minute' GROUP BY sensor HAVING count(*) >= 5 ORDER BY sensor
        """)
        rows = cursor.fetchall()
    lines = [f'{sensor}: {count} values, {average:.1f} on average\n' for sensor, count, average in rows]
    return f'{len(rows)} sensors\n' + ''.join(lines)
