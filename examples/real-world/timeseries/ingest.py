"""Writes what the sensors publish into the database."""
import os

import paho.mqtt.client as mqtt
import psycopg2

connection = psycopg2.connect(os.environ['DATABASE_URL'])
connection.autocommit = True
cursor = connection.cursor()


def store(_client, _data, message):
    sensor = message.topic.removeprefix('sensors/')
    cursor.execute('INSERT INTO measurements (sensor, value) VALUES (%s, %s)', (sensor, float(message.payload)))


client = mqtt.Client()
client.on_message = store
client.on_connect = lambda client, *_: client.subscribe('sensors/+')
client.connect('broker')
client.loop_forever()
