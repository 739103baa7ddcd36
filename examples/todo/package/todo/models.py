from django.db import models


class TodoItem(models.Model):
    title = models.CharField(max_length=256)
    completed = models.BooleanField(default=False)
    order = models.IntegerField(null=True, blank=True)
    url = models.CharField(max_length=256, blank=True, default='')

    class Meta:
        ordering = ['id']
