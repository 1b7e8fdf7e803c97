"""Addresses of the request form, the list, one request."""

from django.urls import path

from requests_app import views

app_name = "requests"

urlpatterns = [
    path("", views.request_list, name="list"),
    path("new/", views.request_new, name="new"),
    path("confirm/", views.request_confirm, name="confirm"),
    path("<slug:number>/", views.request_detail, name="detail"),
    path("<slug:number>/receipt/", views.request_receipt, name="receipt"),
    path("<slug:number>/cancel/", views.request_cancel, name="cancel"),
]
