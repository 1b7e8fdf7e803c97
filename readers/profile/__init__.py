"""个人信息维护: contact data, identity, photo, e-mail, mail preferences, closing the account."""
