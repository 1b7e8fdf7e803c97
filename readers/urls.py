"""Addresses of registration, login, profile, the librarian's desks."""

from django.urls import path

from readers import views

app_name = "readers"

urlpatterns = [
    path("register/", views.register_library, name="register_library"),
    path("register/done/", views.register_done, name="register_done"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("profile/", views.profile, name="profile"),
    path("desk/", views.desks, name="desks"),
    path("desk/<int:pk>/switch/", views.switch_desk, name="switch_desk"),
    path("profile/password/", views.password_change, name="password_change"),
    path("register/<slug:code>/", views.register, name="register"),
]
