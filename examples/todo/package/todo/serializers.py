from rest_framework import serializers

from .models import TodoItem


class TodoItemSerializer(serializers.HyperlinkedModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name='todoitem-detail')

    class Meta:
        model = TodoItem
        fields = ['id', 'url', 'title', 'completed', 'order']
