from django.http import HttpResponse
from django.urls import path

from .models import Visit


def count(request):
    Visit.objects.create()
    return HttpResponse(f'Visits that MySQL remembers: {Visit.objects.count()}\n')


urlpatterns = [path('', count)]
