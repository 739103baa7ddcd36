from rest_framework import status, viewsets
from rest_framework.response import Response

from .models import TodoItem
from .serializers import TodoItemSerializer


class TodoItemViewSet(viewsets.ModelViewSet):
    """The to-do items; DELETE on the list removes all of them."""

    queryset = TodoItem.objects.all()
    serializer_class = TodoItemSerializer

    def delete(self, request):
        TodoItem.objects.all().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
