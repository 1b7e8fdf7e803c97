"""联盟自取借书证: applying, issuing, printing, verifying."""
