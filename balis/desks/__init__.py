"""What the back office composes from all apps: navigation, header, dashboard. No rules of its own."""
