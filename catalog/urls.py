"""Addresses of joint search, editions, member libraries."""

from django.urls import path, re_path

from catalog import record_views, views

app_name = "catalog"

urlpatterns = [
    path("", views.search, name="search"),
    path("advanced/", views.advanced, name="advanced"),
    path("search.json", views.search_json, name="search_json"),
    path("libraries/", views.libraries, name="libraries"),
    path("editions/<int:pk>/", views.edition, name="edition"),
    re_path(r"^editions/(?P<pk>[0-9]{1,18})\.(?P<form>mrc|xml)$", record_views.edition_file, name="edition_file"),
    path("records/<int:pk>/", record_views.record, name="record"),
    re_path(r"^records/(?P<pk>[0-9]{1,18})\.(?P<form>mrc|xml)$", record_views.record_file, name="record_file"),
]
