from rest_framework.routers import SimpleRouter

from .views import TodoItemViewSet

router = SimpleRouter(trailing_slash=False)
router.register('todos', TodoItemViewSet)
urlpatterns = router.urls
