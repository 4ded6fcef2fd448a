"""What a service is: its contract, its vault handle, and the tables, indexes and pages that services share."""
