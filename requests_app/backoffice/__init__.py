"""The two desks of the back office: queues, lists, one request with its moves, policies."""
