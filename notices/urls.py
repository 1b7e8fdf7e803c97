"""Addresses of the portal home, news and pages, system messages."""

from django.urls import path

from notices import views

app_name = "notices"

urlpatterns = [
    path("", views.home, name="home"),
    path("news/", views.news_list, name="news_list"),
    path("messages/", views.message_list, name="messages"),
    path("fines/", views.fine_list, name="fines"),
    path("news/<int:pk>/", views.news_detail, name="news_detail"),
    path("pages/<slug:slug>/", views.page, name="page"),
    path("messages/read/", views.messages_read, name="messages_read"),
    path("messages/<int:pk>/read/", views.message_read, name="message_read"),
]
