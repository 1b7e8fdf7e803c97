"""Accounts: login, lockout, passwords, and the librarian's choice of desk."""
