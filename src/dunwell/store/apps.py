from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "dunwell.store"
    label = "store"
