"""Addresses of registration, login, profile, the librarian's desks."""

from django.urls import path

from readers.accounts import views as accounts
from readers.cards import views as cards
from readers.profile import views as profile
from readers.registration import views as registration

app_name = "readers"

urlpatterns = [
    path("register/", registration.register_library, name="register_library"),
    path("register/<slug:code>/", registration.register, name="register"),
    path("registration/", registration.registration, name="registration"),
    path("registration/correct/", registration.registration_correct, name="registration_correct"),
    path("registration/withdraw/", registration.registration_withdraw, name="registration_withdraw"),
    path("email/resend/", registration.registration_resend, name="email_resend"),
    path("email/verify/<str:token>/", registration.email_verify, name="email_verify"),
    path("login/", accounts.login, name="login"),
    path("logout/", accounts.logout, name="logout"),
    path("password/forgotten/", accounts.password_forgotten, name="password_forgotten"),
    path("password/reset/<uidb64>/<token>/", accounts.password_reset, name="password_reset"),
    path("desk/", accounts.desks, name="desks"),
    path("desk/<int:pk>/switch/", accounts.switch_desk, name="switch_desk"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", accounts.password_change, name="password_change"),
    path("profile/identity/", profile.identity, name="identity"),
    path("profile/identity/withdraw/", profile.identity_withdraw, name="identity_withdraw"),
    path("profile/email/", profile.email, name="email"),
    path("profile/email/cancel/", profile.email_cancel, name="email_cancel"),
    path("email/confirm/<str:token>/", profile.email_change_confirm, name="email_change_confirm"),
    path("profile/photo/", profile.photo, name="photo"),
    path("profile/photo/remove/", profile.photo_remove, name="photo_remove"),
    path("profile/photo/<int:pk>.jpg", profile.photo_file, name="photo_file"),
    path("profile/mails/", profile.mails, name="mails"),
    path("profile/close/", profile.close, name="close"),
    path("card/", cards.card, name="card"),
    path("card/apply/", cards.card_apply, name="card_apply"),
    path("card/verify/<str:token>/", cards.card_verify, name="card_verify"),
    path("card/verify/<str:token>/photo.jpg", cards.card_verify_photo, name="card_verify_photo"),
]
