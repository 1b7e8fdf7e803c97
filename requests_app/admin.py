"""The back office of requests: registers what backoffice/ defines. Events have no page of their own."""

from django.contrib import admin

from requests_app.backoffice.policy_admin import BorrowingPolicyAdmin, ClosureAdmin, LendingPolicyAdmin
from requests_app.backoffice.request_admin import LoanRequestAdmin
from requests_app.models import BorrowingPolicy, Closure, LendingPolicy, LoanRequest

admin.site.register(LoanRequest, LoanRequestAdmin)
admin.site.register(LendingPolicy, LendingPolicyAdmin)
admin.site.register(BorrowingPolicy, BorrowingPolicyAdmin)
admin.site.register(Closure, ClosureAdmin)
