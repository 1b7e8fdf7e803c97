"""Registration: choosing the library, the form, the verified e-mail, the library's decision."""
