"""Settings for the release: all that differs between places comes from the environment."""
import os

from .settings import *

SECRET_KEY = os.environ.get('SECRET_KEY', SECRET_KEY)
DEBUG = False

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'HOST': os.environ.get('POSTGRES_HOST', 'localhost'),
        'PORT': os.environ.get('POSTGRES_PORT', '5432'),
        'NAME': os.environ.get('POSTGRES_DB', 'todobackend'),
        'USER': os.environ.get('POSTGRES_USER', 'todo'),
        'PASSWORD': os.environ.get('POSTGRES_PASSWORD', 'password'),
    }
}

STATIC_ROOT = os.environ.get('STATIC_ROOT', '/public/static')
