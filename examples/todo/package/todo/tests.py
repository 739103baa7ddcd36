from rest_framework import status
from rest_framework.test import APITestCase

from .models import TodoItem


class TodoItemTests(APITestCase):
    def create(self, title='Walk the dog', order=1):
        return self.client.post('/todos', {'title': title, 'order': order})

    def test_a_new_item_is_open_and_has_an_address(self):
        response = self.create()
        self.assertEqual(response.status_code, status.HTTP_201_CREATED)
        self.assertEqual(response.data['title'], 'Walk the dog')
        self.assertFalse(response.data['completed'])
        self.assertEqual(self.client.get(response.data['url']).status_code, status.HTTP_200_OK)

    def test_an_item_needs_a_title(self):
        self.assertEqual(self.client.post('/todos', {}).status_code, status.HTTP_400_BAD_REQUEST)
        self.assertEqual(TodoItem.objects.count(), 0)

    def test_an_item_can_be_completed(self):
        address = self.create().data['url']
        response = self.client.patch(address, {'completed': True})
        self.assertEqual(response.status_code, status.HTTP_200_OK)
        self.assertTrue(TodoItem.objects.get().completed)

    def test_an_item_can_be_deleted(self):
        address = self.create().data['url']
        self.assertEqual(self.client.delete(address).status_code, status.HTTP_204_NO_CONTENT)
        self.assertEqual(TodoItem.objects.count(), 0)

    def test_all_items_can_be_deleted(self):
        self.create('one')
        self.create('two')
        self.assertEqual(self.client.delete('/todos').status_code, status.HTTP_204_NO_CONTENT)
        self.assertEqual(TodoItem.objects.count(), 0)

    def test_items_are_listed_in_the_order_of_their_making(self):
        self.create('one', 2)
        self.create('two', 1)
        self.assertEqual([item['title'] for item in self.client.get('/todos').data], ['one', 'two'])
