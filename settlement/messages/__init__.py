"""Messages to people: where to reach them, what is sent, and whether it arrived. Sent once, in an outbox of its own."""
