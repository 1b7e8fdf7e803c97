"""Addresses of joint search, editions, member libraries."""

from django.urls import path

from catalog import views

app_name = "catalog"

urlpatterns = [
    path("", views.search, name="search"),
    path("search.json", views.search_json, name="search_json"),
    path("libraries/", views.libraries, name="libraries"),
    path("editions/<int:pk>/", views.edition, name="edition"),
]
