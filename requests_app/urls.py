"""Addresses of the request form, the list, one request."""

from django.urls import path

from requests_app import request_views, views

app_name = "requests"

urlpatterns = [
    path("", request_views.request_list, name="list"),
    path("print/", request_views.request_print, name="print"),
    path("cancel/", request_views.cancel_selected, name="cancel_selected"),
    path("new/", views.request_new, name="new"),
    path("confirm/", views.request_confirm, name="confirm"),
    path("<slug:number>/", request_views.request_detail, name="detail"),
    path("<slug:number>/receipt/", views.request_receipt, name="receipt"),
    path("<slug:number>/cancel/", request_views.request_cancel, name="cancel"),
    path("<slug:number>/move/<slug:verb>/", request_views.request_move, name="move"),
    path("<slug:number>/forward/", request_views.request_forward, name="forward"),
]
